/**
 * The bytes of the applied state in the ordered store. All numbers are big-endian, so that keys sort by
 * revision.
 *
 *   'r' main:u64 sub:u32   -> flags:u8 createRevision:u64 version:u64 lease:u64 keyLength:u32 key value
 *   'l' lease:u64          -> ttl seconds:u64 remaining seconds:u64 (of the last checkpoint, 0 for none)
 *   'a' name               -> a user, a role or the state of auth as JSON
 *   'm' name               -> bytes of the driver and of this package ("applied", "revision", "compaction", …)
 *
 * A record with flag 1 is the tombstone of a delete. The format is versioned by the data directory, see
 * docs/on-disk.md.
 */
import type { KeyValue } from "./kv.ts";

const TWO_32 = 0x1_0000_0000;
const REVISION_TAG = 0x72;
const LEASE_TAG = 0x6c;
const META_TAG = 0x6d;
const AUTH_TAG = 0x61;
const HEADER_BYTES = 29;
export const REVISION_KEY_BYTES = 13;

export const TOMBSTONE = 1;

export function writeUint64(into: Buffer, value: number, at: number): void {
  into.writeUInt32BE(Math.floor(value / TWO_32), at);
  into.writeUInt32BE(value >>> 0, at + 4);
}

export function readUint64(from: Buffer, at: number): number {
  return from.readUInt32BE(at) * TWO_32 + from.readUInt32BE(at + 4);
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function revisionKey(main: number, sub: number): Buffer {
  const key = Buffer.allocUnsafe(REVISION_KEY_BYTES);
  key[0] = REVISION_TAG;
  writeUint64(key, main, 1);
  key.writeUInt32BE(sub, 9);
  return key;
}

export function leaseKey(id: bigint): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = LEASE_TAG;
  key.writeBigUInt64BE(id, 1);
  return key;
}

export function leaseBytes(ttlSeconds: number, remainingSeconds: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  writeUint64(bytes, ttlSeconds, 0);
  writeUint64(bytes, remainingSeconds, 8);
  return bytes;
}

export function metaKey(name: string): Buffer {
  return Buffer.from(`${String.fromCharCode(META_TAG)}${name}`, "utf8");
}

export function authKey(name: string): Buffer {
  return Buffer.from(`${String.fromCharCode(AUTH_TAG)}${name}`, "utf8");
}

/** The bounds of all revision, lease, meta and auth records. */
export const REVISION_RECORDS = { start: Buffer.from([REVISION_TAG]), end: Buffer.from([REVISION_TAG + 1]) };
export const LEASE_RECORDS = { start: Buffer.from([LEASE_TAG]), end: Buffer.from([LEASE_TAG + 1]) };
export const META_RECORDS = { start: Buffer.from([META_TAG]), end: Buffer.from([META_TAG + 1]) };
export const AUTH_RECORDS = { start: Buffer.from([AUTH_TAG]), end: Buffer.from([AUTH_TAG + 1]) };

export function numberBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeUint64(bytes, value, 0);
  return bytes;
}

/** A put's record. */
export function encodeRecord(kv: KeyValue): Buffer {
  const { key, value } = kv;
  const record = Buffer.allocUnsafe(HEADER_BYTES + key.length + value.length);
  record[0] = 0;
  writeUint64(record, kv.createRevision, 1);
  writeUint64(record, kv.version, 9);
  record.writeBigUInt64BE(kv.lease, 17);
  record.writeUInt32BE(key.length, 25);
  record.set(key, HEADER_BYTES);
  record.set(value, HEADER_BYTES + key.length);
  return record;
}

/** A delete's record. */
export function encodeTombstone(key: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER_BYTES + key.length);
  record[0] = TOMBSTONE;
  record.writeUInt32BE(key.length, 25);
  record.set(key, HEADER_BYTES);
  return record;
}

export interface RecordHeader {
  readonly tombstone: boolean;
  readonly createRevision: number;
  readonly version: number;
  readonly lease: bigint;
  readonly key: Buffer;
  readonly valueBytes: number;
}

/** The record without its value. */
export function decodeHeader(bytes: Uint8Array): RecordHeader {
  const record = asBuffer(bytes);
  const keyLength = record.readUInt32BE(25);
  return {
    tombstone: record[0] === TOMBSTONE,
    createRevision: readUint64(record, 1),
    version: readUint64(record, 9),
    lease: record.readBigUInt64BE(17),
    key: record.subarray(HEADER_BYTES, HEADER_BYTES + keyLength),
    valueBytes: record.length - HEADER_BYTES - keyLength,
  };
}

/** The record as etcd's KeyValue at its revision; key and value share the record's memory. */
export function decodeRecord(bytes: Uint8Array, modRevision: number, keysOnly = false): KeyValue {
  const record = asBuffer(bytes);
  const keyEnd = HEADER_BYTES + record.readUInt32BE(25);
  return {
    key: record.subarray(HEADER_BYTES, keyEnd),
    value: keysOnly ? record.subarray(keyEnd, keyEnd) : record.subarray(keyEnd),
    createRevision: readUint64(record, 1),
    modRevision,
    version: readUint64(record, 9),
    lease: record.readBigUInt64BE(17),
  };
}
