/**
 * Reads the primitives of protobuf. Every read checks the end of its message: cut or forged input is a
 * CodedError `BadProtobuf`, never a read beyond the buffer.
 */
import { CodedError } from "@quorate/base";
import { BYTES, FIXED32, FIXED64, VARINT } from "./proto-plan.ts";

const TWO_28 = 0x1000_0000;

/** The error of every malformed message. */
export function badProtobuf(message: string): CodedError {
  return new CodedError("BadProtobuf", message);
}

/** A position in a buffer; each read takes the end it must not pass. */
export class ForwardReader {
  readonly #buffer: Buffer;
  at: number;

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.at = at;
  }

  get size(): number {
    return this.#buffer.length;
  }

  /** A tag or a length. */
  unsigned(end: number): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 5; i++) {
      const byte = this.#byte(end);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw badProtobuf("proto: integer overflow");
  }

  /** An int32 or int64. Beyond 2^53 the nearest double. */
  integer(end: number): number {
    let low = 0;
    let factor = 1;
    for (let i = 0; i < 4; i++) {
      const byte = this.#byte(end);
      low += (byte & 0x7f) * factor;
      if (byte < 0x80) return low;
      factor *= 128;
    }
    let high = 0n;
    let shift = 0n;
    for (let i = 4; i < 10; i++) {
      const byte = this.#byte(end);
      high |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return Number(BigInt.asIntN(64, high * BigInt(TWO_28) + BigInt(low)));
    }
    throw badProtobuf("proto: integer overflow");
  }

  double(end: number): number {
    const at = this.#skip(8, end);
    return this.#buffer.readDoubleLE(at);
  }

  /** The end of a length-delimited value that starts behind its length. */
  endOfValue(end: number): number {
    const length = this.unsigned(end);
    if (length > end - this.at) throw badProtobuf("unexpected EOF");
    return this.at + length;
  }

  string(end: number): string {
    const until = this.endOfValue(end);
    const text = this.#buffer.toString("utf8", this.at, until);
    this.at = until;
    return text;
  }

  base64(end: number): string {
    const until = this.endOfValue(end);
    const text = this.#buffer.toString("base64", this.at, until);
    this.at = until;
    return text;
  }

  /** The bytes of a length-delimited value, shared with the input. */
  bytes(end: number): Buffer {
    const until = this.endOfValue(end);
    const bytes = this.#buffer.subarray(this.at, until);
    this.at = until;
    return bytes;
  }

  /** Passes over a value of a field that nobody knows. */
  skip(wire: number, end: number): void {
    if (wire === VARINT) while (this.#byte(end) >= 0x80);
    else if (wire === FIXED64) this.#skip(8, end);
    else if (wire === FIXED32) this.#skip(4, end);
    else if (wire === BYTES) this.at = this.endOfValue(end);
    else throw badProtobuf(`proto: illegal wire type ${wire}`);
  }

  #byte(end: number): number {
    if (this.at >= end) throw badProtobuf("unexpected EOF");
    return this.#buffer[this.at++]!;
  }

  #skip(bytes: number, end: number): number {
    const at = this.at;
    if (bytes > end - at) throw badProtobuf("unexpected EOF");
    this.at += bytes;
    return at;
  }
}
