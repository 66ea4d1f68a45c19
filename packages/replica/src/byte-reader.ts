/**
 * Reads what `ByteWriter` wrote. Whatever the bytes are, it throws MALFORMED_FRAME instead of reading beyond
 * them.
 */
import { CodedError } from "@quorate/base";

function malformed(reason: string): CodedError<"MALFORMED_FRAME"> {
  return new CodedError("MALFORMED_FRAME", `malformed frame: ${reason}`);
}

/** A position in a buffer. Byte strings that it returns are views into the buffer. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#buffer =
      bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** Whether all has been read. */
  get done(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    return this.#buffer[this.#skip(1)]!;
  }

  flag(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    return this.#buffer.readUInt32LE(this.#skip(4));
  }

  /** A safe integer, also a negative one. */
  integer(): number {
    const value = this.#buffer.readDoubleLE(this.#skip(8));
    if (!Number.isSafeInteger(value)) throw malformed("a number is not a safe integer");
    return value;
  }

  id(): bigint {
    return this.#buffer.readBigUInt64LE(this.#skip(8));
  }

  bytes(): Buffer {
    const length = this.uint32();
    const start = this.#skip(length);
    return this.#buffer.subarray(start, start + length);
  }

  text(): string {
    const length = this.uint32();
    const start = this.#skip(length);
    return this.#buffer.toString("utf8", start, start + length);
  }

  /** A count of things that take at least `bytesEach` bytes: refused where they can't all be there. */
  count(bytesEach: number): number {
    const count = this.uint32();
    if (count * bytesEach > this.#end - this.#at) throw malformed("a count is larger than the frame");
    return count;
  }

  /** A reader over the next byte string. */
  section(): ByteReader {
    const length = this.uint32();
    const start = this.#skip(length);
    return new ByteReader(this.#buffer, start, start + length);
  }

  /** One of `names` by its position. */
  name<T extends string>(names: readonly T[]): T {
    const name = names[this.byte()];
    if (name === undefined) throw malformed("an unknown kind");
    return name;
  }

  #skip(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#end - at) throw malformed("it ends too early");
    this.#at = at + bytes;
    return at;
  }
}
