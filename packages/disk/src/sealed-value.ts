/**
 * Values in LevelDB carry a checksum of key and value behind them: LevelDB does not verify its blocks when it
 * reads them, so that without it a flipped bit on the disk would be served as data.
 */
import { crc32 } from "node:zlib";

const CHECKSUM_BYTES = 4;

/** The value with its checksum; a copy. */
export function sealValue(key: Uint8Array, value: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES);
  sealed.set(value);
  sealed.writeUInt32LE(crc32(value, crc32(key)), value.length);
  return sealed;
}

/** The value without its checksum, a view; undefined where it does not match. */
export function openValue(key: Uint8Array, sealed: Buffer): Buffer | undefined {
  const length = sealed.length - CHECKSUM_BYTES;
  if (length < 0) return undefined;
  const value = sealed.subarray(0, length);
  return crc32(value, crc32(key)) === sealed.readUInt32LE(length) ? value : undefined;
}
