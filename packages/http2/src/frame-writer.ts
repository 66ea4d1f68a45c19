/** The bytes of the frames that a server sends. */
import { DEFAULT_FRAME_BYTES_MAX, FLAG, FRAME, FRAME_HEAD_BYTES } from "./frame.ts";

/** A new buffer holds so much. */
const BUFFER_BYTES = 64 * 1024;
/** A buffer with less left than this is left alone. */
const REST_BYTES_MIN = 4096;

/** Frames on their way out, gathered until the turn's end. */
export class FrameWriter {
  #buffer: Buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  /** What of the buffer is not in a part yet. */
  #from = 0;
  #to = 0;
  #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What has gathered, in order; its bytes are the taker's. */
  take(): Buffer[] {
    this.#endPart();
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    if (this.#buffer.length - this.#to < REST_BYTES_MIN) {
      this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
      this.#from = 0;
      this.#to = 0;
    }
    return parts;
  }

  settings(settings: readonly (readonly [name: number, value: number])[]): void {
    this.head(settings.length * 6, FRAME.SETTINGS, 0, 0);
    for (const [name, value] of settings) {
      this.uint16(name);
      this.uint32(value);
    }
  }

  windowUpdate(stream: number, bytes: number): void {
    this.head(4, FRAME.WINDOW_UPDATE, 0, stream);
    this.uint32(bytes);
  }

  ping(payload: Buffer, flags: number): void {
    this.head(8, FRAME.PING, flags, 0);
    this.bytes(payload);
  }

  reset(stream: number, code: number): void {
    this.head(4, FRAME.RST_STREAM, 0, stream);
    this.uint32(code);
  }

  goAway(lastStream: number, code: number, message: string): void {
    const text = Buffer.from(message);
    this.head(8 + text.length, FRAME.GOAWAY, 0, 0);
    this.uint32(lastStream);
    this.uint32(code);
    this.bytes(text);
  }

  /** A header block of any length behind `prefix`, which is short. */
  headers(stream: number, prefix: Buffer, block: Buffer, isLast: boolean): void {
    const first = block.subarray(0, DEFAULT_FRAME_BYTES_MAX - prefix.length);
    const isWhole = first.length === block.length;
    const flags = (isWhole ? FLAG.END_HEADERS : 0) | (isLast ? FLAG.END_STREAM : 0);
    this.head(prefix.length + first.length, FRAME.HEADERS, flags, stream);
    this.bytes(prefix);
    this.bytes(first);
    for (let at = first.length; at < block.length; at += DEFAULT_FRAME_BYTES_MAX) {
      const part = block.subarray(at, at + DEFAULT_FRAME_BYTES_MAX);
      const isEnd = at + part.length === block.length;
      this.head(part.length, FRAME.CONTINUATION, isEnd ? FLAG.END_HEADERS : 0, stream);
      this.bytes(part);
    }
  }

  head(length: number, type: number, flags: number, stream: number): void {
    const at = this.#reserve(FRAME_HEAD_BYTES);
    const out = this.#buffer;
    out[at] = length >>> 16;
    out[at + 1] = length >>> 8;
    out[at + 2] = length;
    out[at + 3] = type;
    out[at + 4] = flags;
    out[at + 5] = stream >>> 24;
    out[at + 6] = stream >>> 16;
    out[at + 7] = stream >>> 8;
    out[at + 8] = stream;
  }

  /** Copies the bytes. */
  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Takes the bytes as they are: nobody may change them any more. */
  own(bytes: Buffer): void {
    this.#endPart();
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value >>> 0, at);
  }

  #endPart(): void {
    if (this.#to > this.#from) this.#parts.push(this.#buffer.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  /** Room for so many bytes more; where they go. */
  #reserve(bytes: number): number {
    if (this.#to + bytes > this.#buffer.length) {
      this.#endPart();
      this.#buffer = Buffer.allocUnsafe(Math.max(bytes, BUFFER_BYTES));
      this.#from = 0;
      this.#to = 0;
    }
    const at = this.#to;
    this.#to += bytes;
    this.#length += bytes;
    return at;
  }
}
