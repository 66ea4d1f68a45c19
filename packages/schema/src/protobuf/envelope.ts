/**
 * Whole objects in `application/vnd.kubernetes.protobuf`: the magic `k8s\0`, then a message that names the
 * kind and holds the object; lists put together from encoded items; frames of a watch.
 */
import { CodedError } from "@quorate/base";
import type { GroupVersionKind, JsonObject } from "@quorate/object";
import { checkObject } from "../decode/check-object.ts";
import { apiVersionOf, parseApiVersion, type SchemaRegistry } from "../schema-registry.ts";
import { BackwardWriter } from "./backward-writer.ts";
import { decodeMessage } from "./decode-message.ts";
import { encodeMessage } from "./encode-message.ts";
import { badProtobuf, ForwardReader } from "./forward-reader.ts";

const MAGIC = Buffer.from("k8s\0", "latin1");
const TAG_1_BYTES = 0x0a;
const TAG_2_BYTES = 0x12;
const TAG_3_BYTES = 0x1a;
const TAG_4_BYTES = 0x22;

/** Whether the bytes are an object in protobuf (and not, for example, JSON). */
export function isProtobuf(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Whether a kind can be encoded: kinds without field numbers (Table, custom resources) can not. */
export function hasProtobuf(schema: SchemaRegistry, gvk: GroupVersionKind): boolean {
  return (schema.findType(gvk)?.proto.length ?? 0) > 0;
}

/** A whole object with magic and envelope. Its kind is `gvk`, whatever its own kind and apiVersion say. */
export function encodeProtobuf(schema: SchemaRegistry, gvk: GroupVersionKind, object: JsonObject): Buffer {
  const message = encodeMessage(schema.typeOf(gvk), object, (ref) => schema.resolve(ref));
  return wrapProtobuf(gvk, message);
}

/**
 * The message of an object (what `encodeMessage` gives, or `unwrapProtobuf`) with magic and envelope around
 * it.
 */
export function wrapProtobuf(gvk: GroupVersionKind, message: Uint8Array): Buffer {
  const writer = new BackwardWriter();
  writer.string("");
  writer.byte(TAG_4_BYTES);
  writer.string("");
  writer.byte(TAG_3_BYTES);
  writer.raw(message);
  writer.unsigned(message.length);
  writer.byte(TAG_2_BYTES);
  const before = writer.length;
  writer.string(gvk.kind);
  writer.byte(TAG_2_BYTES);
  writer.string(apiVersionOf(gvk.group, gvk.version));
  writer.byte(TAG_1_BYTES);
  writer.unsigned(writer.length - before);
  writer.byte(TAG_1_BYTES);
  writer.raw(MAGIC);
  return writer.finish();
}

/** Splits an encoded object into its kind and its message. Throws CodedError `BadProtobuf`. */
export function unwrapProtobuf(bytes: Uint8Array): { apiVersion: string; kind: string; message: Buffer } {
  if (!isProtobuf(bytes)) {
    const prefix = [...MAGIC].join(" ");
    throw badProtobuf(`provided data does not appear to be a protobuf message, expected prefix [${prefix}]`);
  }
  const reader = new ForwardReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), MAGIC.length);
  let apiVersion = "";
  let kind = "";
  let message: Buffer = Buffer.alloc(0);
  while (reader.at < reader.size) {
    const tag = reader.unsigned(reader.size);
    if (tag === TAG_1_BYTES) {
      const names = new ForwardReader(reader.bytes(reader.size));
      while (names.at < names.size) {
        const nameTag = names.unsigned(names.size);
        if (nameTag === TAG_1_BYTES) apiVersion = names.string(names.size);
        else if (nameTag === TAG_2_BYTES) kind = names.string(names.size);
        else names.skip(nameTag & 7, names.size);
      }
    } else if (tag === TAG_2_BYTES) {
      message = reader.bytes(reader.size);
    } else {
      reader.skip(tag & 7, reader.size);
    }
  }
  return { apiVersion, kind, message };
}

/**
 * Reads a whole object. `fallback` names the kind where the envelope does not. Throws CodedError:
 * `BadProtobuf` for what is no such encoding, `UnknownKind` for a kind that is not known.
 */
export function decodeProtobuf(
  schema: SchemaRegistry,
  bytes: Uint8Array,
  fallback?: GroupVersionKind,
): JsonObject {
  const { apiVersion, kind, message } = unwrapProtobuf(bytes);
  const named = parseApiVersion(apiVersion);
  const isNamed = kind !== "" && apiVersion !== "" && named !== undefined;
  const gvk = isNamed ? { ...named, kind } : fallback;
  if (gvk === undefined)
    throw new CodedError("UnknownKind", "the protobuf message names no kind and apiVersion");
  const type = schema.typeOf(gvk);
  const resolve = (ref: string) => schema.resolve(ref);
  const object = decodeMessage(type, message, resolve);
  object.kind = gvk.kind;
  object.apiVersion = apiVersionOf(gvk.group, gvk.version);
  return checkObject(type, object, resolve).object;
}

/**
 * A list with envelope, its items being messages that were encoded before; the same bytes as encoding all at
 * once.
 */
export function encodeProtobufList(
  schema: SchemaRegistry,
  gvk: GroupVersionKind,
  metadata: JsonObject,
  items: readonly Uint8Array[],
): Buffer {
  const head = encodeMessage(schema.typeOf(gvk), { metadata }, (ref) => schema.resolve(ref));
  const lengths = items.map((item) => lengthPrefix(item.length));
  const parts: Uint8Array[] = [head];
  items.forEach((item, i) => {
    parts.push(lengths[i]!, item);
  });
  return wrapProtobuf(gvk, Buffer.concat(parts));
}

/** Tag of `items` and a length. */
function lengthPrefix(length: number): Buffer {
  const writer = new BackwardWriter();
  writer.unsigned(length);
  writer.byte(TAG_2_BYTES);
  return writer.finish();
}

/** A frame of a protobuf watch: four bytes of length (big endian), then the event with its encoded object. */
export function encodeWatchFrame(eventType: string, object: Uint8Array): Buffer {
  const writer = new BackwardWriter();
  const before = writer.length;
  writer.raw(object);
  writer.unsigned(object.length);
  writer.byte(TAG_1_BYTES);
  writer.unsigned(writer.length - before);
  writer.byte(TAG_2_BYTES);
  writer.string(eventType);
  writer.byte(TAG_1_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(writer.length);
  writer.raw(length);
  return writer.finish();
}
