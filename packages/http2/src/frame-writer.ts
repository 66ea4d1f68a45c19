/** The bytes of the frames that a server sends. */
import { takeBlock } from "./block-pool.ts";
import { DEFAULT_FRAME_BYTES_MAX, FLAG, FRAME, FRAME_HEAD_BYTES } from "./frame.ts";

/** Frames on their way out, gathered until the turn's end. */
export class FrameWriter {
  #block: Buffer | undefined;
  #at = 0;
  #full: Buffer[] = [];
  #length = 0;
  /** What the last turn gathered: the next one is likely to be alike. */
  #lastLength = 0;

  get length(): number {
    return this.#length;
  }

  /** What has gathered, in order; to be given back (`giveBlocks`) once it is out. */
  take(): Buffer[] {
    const blocks = this.#full;
    if (this.#block !== undefined) blocks.push(this.#block.subarray(0, this.#at));
    this.#lastLength = this.#length;
    this.#block = undefined;
    this.#full = [];
    this.#length = 0;
    return blocks;
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
    const out = this.#room(FRAME_HEAD_BYTES);
    const at = this.#at;
    out[at] = length >>> 16;
    out[at + 1] = length >>> 8;
    out[at + 2] = length;
    out[at + 3] = type;
    out[at + 4] = flags;
    out[at + 5] = stream >>> 24;
    out[at + 6] = stream >>> 16;
    out[at + 7] = stream >>> 8;
    out[at + 8] = stream;
    this.#advance(FRAME_HEAD_BYTES);
  }

  /** Copies the bytes, at most a frame's. */
  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.#at);
    this.#advance(bytes.length);
  }

  uint16(value: number): void {
    this.#room(2).writeUInt16BE(value, this.#at);
    this.#advance(2);
  }

  uint32(value: number): void {
    this.#room(4).writeUInt32BE(value >>> 0, this.#at);
    this.#advance(4);
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.#length += bytes;
  }

  /** A block with room for so many bytes more behind #at. */
  #room(bytes: number): Buffer {
    if (this.#block !== undefined) {
      if (this.#at + bytes <= this.#block.length) return this.#block;
      this.#full.push(this.#block.subarray(0, this.#at));
    }
    // The turn turns out to be larger than the last one where a block is full.
    const expected = this.#full.length > 0 ? Number.POSITIVE_INFINITY : Math.max(this.#lastLength, bytes);
    this.#block = takeBlock(expected);
    this.#at = 0;
    return this.#block;
  }
}
