/**
 * Plain data as msgpack, for what is rare: status, membership, calls to the leader. Options are explicit: bytes must
 * not depend on history (records off), and 64-bit integers come back as the bigints they were.
 */
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
