/**
 * Builds binary frames: fixed-width little-endian numbers, byte strings with their length before them.
 * Integers that are revisions, indexes or counts are float64 (exact to 2^53), ids uint64. `ByteReader` is the
 * inverse.
 */
import { CodedError } from "@quorate/base";

const MIN_BYTES = 1024;

/** A growing buffer with a write position. */
export class ByteWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(capacity: number = MIN_BYTES) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(MIN_BYTES, capacity));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** Makes room for so many bytes more at once. */
  reserve(bytes: number): void {
    this.#reserve(bytes);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  /** One of `names` by its position, with `flags` on top. Throws MALFORMED_FRAME on any other. */
  name<T extends string>(names: readonly T[], value: T, flags = 0): void {
    const position = names.indexOf(value);
    if (position < 0)
      throw new CodedError("MALFORMED_FRAME", `${JSON.stringify(value)} is none of ${names.join(", ")}`);
    this.byte(position | flags);
  }

  flag(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }

  /** Throws MALFORMED_FRAME on what `ByteReader` would refuse: a log must never hold what can't be read. */
  integer(value: number): void {
    if (!Number.isSafeInteger(value))
      throw new CodedError("MALFORMED_FRAME", `${value} is not a safe integer`);
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  id(value: bigint): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(4 + value.length);
    this.#at = this.#buffer.writeUInt32LE(value.length, this.#at);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(4 + length);
    this.#at = this.#buffer.writeUInt32LE(length, this.#at);
    this.#at += this.#buffer.write(value, this.#at);
  }

  /** As it is, without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** Leaves room for a uint32 that `fillLength` sets to the number of bytes written since. */
  beginLength(): number {
    this.#reserve(4);
    this.#at += 4;
    return this.#at;
  }

  fillLength(start: number): void {
    this.#buffer.writeUInt32LE(this.#at - start, start - 4);
  }

  /** Forgets what was written from `position` on. */
  rewind(position: number): void {
    this.#at = position;
  }

  /** What was written, without a copy; the writer must not be used again. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** A copy of exactly what was written; the writer starts from empty again. */
  takeCopy(): Buffer {
    const copy = Buffer.allocUnsafe(this.#at);
    this.#buffer.copy(copy, 0, 0, this.#at);
    this.#at = 0;
    return copy;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
