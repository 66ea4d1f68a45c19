/**
 * Plain data as msgpack, for what is rare: status, membership, calls to the leader. Options are explicit: bytes must
 * not depend on history (records off), and 64-bit integers come back as the bigints they were.
 */
import { CodedError, messageOf } from "@quorate/base";
import { Packr } from "msgpackr";

const packr = new Packr({ useRecords: false, int64AsType: "bigint", mapsAsObjects: true, moreTypes: false });

/** `value` as bytes. Bigints must fit 64 bits. */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The value of bytes that `pack` made; throws on others. */
export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

/** The object that another member has packed; throws MALFORMED_FRAME on anything else. */
export function unpackObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch (error) {
    throw new CodedError("MALFORMED_FRAME", `malformed frame: ${messageOf(error)}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new CodedError("MALFORMED_FRAME", "malformed frame: an object was expected");
}
