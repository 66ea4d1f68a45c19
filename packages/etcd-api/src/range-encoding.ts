/**
 * The bytes of a range's answer, written straight into a buffer of their size: large ranges spend most of
 * their time here.
 */
import type { KeyValue, RangeResponse } from "@quorate/mvcc";
import { headerMessage } from "./kv-messages.ts";
import { messageCodec } from "./message-codec.ts";

const headerCodec = messageCodec("etcdserverpb.ResponseHeader");

/** Field numbers with their wire types, as they stand before the values. */
const TAG = { header: 0x0a, kvs: 0x12, more: 0x18, count: 0x20 } as const;
const KV_TAG = { key: 0x0a, create: 0x10, mod: 0x18, version: 0x20, value: 0x2a, lease: 0x30 } as const;
const TWO_31 = 2 ** 31;
const TWO_32 = 2n ** 32n;

/** Bytes that a whole number takes. */
function numberSize(value: number): number {
  let size = 1;
  let rest = value;
  while (rest >= 0x80) {
    rest = rest >= TWO_31 ? Math.floor(rest / 0x80) : rest >>> 7;
    size++;
  }
  return size;
}

function fieldSize(value: number): number {
  return value === 0 ? 0 : 1 + numberSize(value);
}

function bytesSize(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : 1 + numberSize(bytes.length) + bytes.length;
}

function leaseSize(lease: bigint): number {
  if (lease === 0n) return 0;
  let size = 2;
  for (let rest = lease >> 7n; rest > 0n; rest >>= 7n) size++;
  return size;
}

function kvSize(kv: KeyValue): number {
  const numbers = fieldSize(kv.createRevision) + fieldSize(kv.modRevision) + fieldSize(kv.version);
  return bytesSize(kv.key) + numbers + bytesSize(kv.value) + leaseSize(kv.lease);
}

/** Writes from the start of a buffer that is large enough. */
class Writer {
  readonly bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  number(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = rest >= TWO_31 ? Math.floor(rest / 0x80) : rest >>> 7;
    }
    this.bytes[this.#at++] = rest;
  }

  field(tag: number, value: number): void {
    if (value === 0) return;
    this.bytes[this.#at++] = tag;
    this.number(value);
  }

  lease(value: bigint): void {
    if (value === 0n) return;
    this.bytes[this.#at++] = KV_TAG.lease;
    let rest = value;
    for (; rest >= TWO_32; rest >>= 7n) this.bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.number(Number(rest));
  }

  part(tag: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytes[this.#at++] = tag;
    this.number(bytes.length);
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** What stands before a message of `size` bytes. */
  head(tag: number, size: number): void {
    this.bytes[this.#at++] = tag;
    this.number(size);
  }
}

/** As the codec would encode it. */
export function encodeRange(response: RangeResponse): Buffer {
  const header = headerCodec.encode(headerMessage(response.header));
  const sizes = response.kvs.map(kvSize);
  let size = bytesSize(header) + (response.more ? 2 : 0) + fieldSize(response.count);
  for (const one of sizes) size += 1 + numberSize(one) + one;
  const writer = new Writer(size);
  writer.part(TAG.header, header);
  for (const [at, kv] of response.kvs.entries()) {
    writer.head(TAG.kvs, sizes[at]!);
    writer.part(KV_TAG.key, kv.key);
    writer.field(KV_TAG.create, kv.createRevision);
    writer.field(KV_TAG.mod, kv.modRevision);
    writer.field(KV_TAG.version, kv.version);
    writer.part(KV_TAG.value, kv.value);
    writer.lease(kv.lease);
  }
  writer.field(TAG.more, Number(response.more));
  writer.field(TAG.count, response.count);
  return writer.bytes;
}
