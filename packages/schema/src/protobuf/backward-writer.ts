/**
 * Writes protobuf from the end to the beginning: the length of a nested message is known when its bytes are
 * there, so nothing is measured first and nothing is moved. Fields, list items and map entries are written
 * last to first.
 */

const START_BYTES = 1024;
const TWO_32 = 0x1_0000_0000;

/** A buffer that grows to the front. */
export class BackwardWriter {
  #buffer = Buffer.allocUnsafe(START_BYTES);
  /** First byte in use. */
  #at = START_BYTES;

  /** Bytes written so far: the difference of two readings is the length of what lies between. */
  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** A copy of what has been written. */
  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#at));
  }

  /** An unsigned 32-bit number: tags, lengths. */
  unsigned(value: number): void {
    let rest = value;
    let bytes = 1;
    while (rest > 0x7f) {
      rest = Math.floor(rest / 128);
      bytes++;
    }
    this.#reserve(bytes);
    this.#at -= bytes;
    rest = value;
    for (let i = 0; i < bytes - 1; i++) {
      this.#buffer[this.#at + i] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at + bytes - 1] = rest;
  }

  /** An int32 or int64: ten bytes where negative. */
  integer(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.unsigned(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[--this.#at] = value;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }

  /** UTF-8 and its length before it. */
  string(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#reserve(bytes);
    this.#at -= bytes;
    this.#buffer.write(text, this.#at, bytes, "utf8");
    this.unsigned(bytes);
  }

  /** What base64 text stands for, and its length before it. */
  base64(text: string): void {
    const bytes = Buffer.from(text, "base64");
    this.raw(bytes);
    this.unsigned(bytes.length);
  }

  #reserve(bytes: number): void {
    if (this.#at >= bytes) return;
    const used = this.length;
    const size = Math.max(this.#buffer.length * 2, used + bytes);
    if (size >= TWO_32) throw new RangeError("a protobuf message can't be larger than 4 GiB");
    const grown = Buffer.allocUnsafe(size);
    this.#buffer.copy(grown, size - used, this.#at);
    this.#buffer = grown;
    this.#at = size - used;
  }
}
