/**
 * Cuts a connection's bytes into frames and checks their form; what they mean is the connection's business.
 */
import {
  ConnectionError,
  DEFAULT_FRAME_BYTES_MAX,
  FLAG,
  FRAME,
  FRAME_HEAD_BYTES,
  H2_ERROR,
  PREFACE,
} from "./frame.ts";

/** Who takes the frames. Payloads are views that hold until the call returns, but for `data`'s. */
export interface FrameSink {
  settings(payload: Buffer, isAck: boolean): void;
  ping(payload: Buffer, isAck: boolean): void;
  windowUpdate(stream: number, increment: number): void;
  resetStream(stream: number): void;
  /** A whole header block. */
  headers(stream: number, block: Buffer, isLast: boolean): void;
  /** A part of a DATA frame. */
  data(stream: number, chunk: Buffer, paddingBytes: number, isLast: boolean): void;
  /** Anything else. */
  other(): void;
}

/** Bound: a header block over all its frames, where more than the header's bytes themselves are allowed. */
const BLOCK_BYTES_MIN = 128 * 1024;
const NOTHING = Buffer.alloc(0);

/** The parser of one connection. */
export class FrameParser {
  readonly #sink: FrameSink;
  readonly #blockBytesMax: number;
  #held: Buffer = NOTHING;
  #isGreeted = false;
  /** Left of a DATA frame whose parts are handed on as they come. */
  #dataLeft = 0;
  #dataStream = 0;
  #isDataLast = false;
  /** A header block that goes on in CONTINUATION frames. */
  #block: Buffer | undefined;
  #blockStream = 0;
  #isBlockLast = false;

  /** `headerBytesMax`: what a request's headers may be, of which a block is a coded form. */
  constructor(sink: FrameSink, headerBytesMax: number) {
    this.#sink = sink;
    this.#blockBytesMax = Math.max(BLOCK_BYTES_MIN, headerBytesMax);
  }

  /** Throws ConnectionError for what is no HTTP/2. */
  push(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let at = 0;
    if (!this.#isGreeted) {
      if (!PREFACE.subarray(0, bytes.length).equals(bytes.subarray(0, PREFACE.length))) {
        throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "the connection does not begin as HTTP/2 does");
      }
      if (bytes.length < PREFACE.length) {
        this.#held = bytes;
        return;
      }
      this.#isGreeted = true;
      at = PREFACE.length;
    }
    this.#held = NOTHING;
    for (;;) {
      if (this.#dataLeft > 0) {
        if (at === bytes.length) return;
        at = this.#dataPart(bytes, at);
        continue;
      }
      const next = this.#frame(bytes, at);
      if (next < 0) break;
      at = next;
    }
    if (at < bytes.length) this.#held = bytes.subarray(at);
  }

  /** Reads a frame; where the next one begins, or -1 where this one is not whole. */
  #frame(bytes: Buffer, at: number): number {
    if (bytes.length - at < FRAME_HEAD_BYTES) return -1;
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    const start = at + FRAME_HEAD_BYTES;
    if (length > DEFAULT_FRAME_BYTES_MAX)
      throw new ConnectionError(H2_ERROR.FRAME_SIZE_ERROR, "a frame is too large");
    if (this.#block && (type !== FRAME.CONTINUATION || stream !== this.#blockStream)) {
      throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a frame within a header block");
    }
    if (type === FRAME.DATA && !(flags & FLAG.PADDED)) {
      this.#beginData(length, stream, flags);
      return start;
    }
    if (bytes.length - start < length) return -1;
    this.#whole(type, flags, stream, bytes.subarray(start, start + length));
    return start + length;
  }

  #beginData(length: number, stream: number, flags: number): void {
    if (stream === 0) throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "data of no stream");
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    if (length === 0) {
      this.#sink.data(stream, NOTHING, 0, isLast);
      return;
    }
    this.#dataLeft = length;
    this.#dataStream = stream;
    this.#isDataLast = isLast;
  }

  #dataPart(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#dataLeft);
    this.#dataLeft -= end - at;
    const isLast = this.#dataLeft === 0 && this.#isDataLast;
    this.#sink.data(this.#dataStream, bytes.subarray(at, end), 0, isLast);
    return end;
  }

  #whole(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case FRAME.DATA:
        this.#paddedData(flags, stream, payload);
        break;
      case FRAME.HEADERS:
        this.#headers(flags, stream, payload);
        break;
      case FRAME.CONTINUATION:
        this.#continuation(flags, payload);
        break;
      case FRAME.SETTINGS:
        this.#settings(flags, stream, payload);
        break;
      case FRAME.PING:
        checkSize(payload.length === 8 && stream === 0);
        this.#sink.ping(payload, (flags & FLAG.ACK) !== 0);
        break;
      case FRAME.WINDOW_UPDATE:
        checkSize(payload.length === 4);
        this.#sink.windowUpdate(stream, payload.readUInt32BE(0) & 0x7fffffff);
        break;
      case FRAME.RST_STREAM:
        checkSize(payload.length === 4);
        checkStream(stream !== 0);
        this.#sink.resetStream(stream);
        break;
      case FRAME.PUSH_PROMISE:
        throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "clients do not push");
      default:
        this.#sink.other();
    }
  }

  #settings(flags: number, stream: number, payload: Buffer): void {
    const isAck = (flags & FLAG.ACK) !== 0;
    checkStream(stream === 0);
    checkSize(payload.length % 6 === 0 && (!isAck || payload.length === 0));
    this.#sink.settings(payload, isAck);
  }

  #paddedData(flags: number, stream: number, payload: Buffer): void {
    checkStream(stream !== 0);
    const content = withoutPadding(payload, 0);
    const padding = payload.length - content.length;
    this.#sink.data(stream, Buffer.from(content), padding, (flags & FLAG.END_STREAM) !== 0);
  }

  #headers(flags: number, stream: number, payload: Buffer): void {
    checkStream(stream !== 0);
    const priorityBytes = flags & FLAG.PRIORITY ? 5 : 0;
    let block = payload;
    if (flags & FLAG.PADDED) block = withoutPadding(payload, priorityBytes);
    else if (priorityBytes > 0) {
      checkSize(payload.length >= priorityBytes);
      block = payload.subarray(priorityBytes);
    }
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    if (flags & FLAG.END_HEADERS) {
      this.#sink.headers(stream, block, isLast);
      return;
    }
    this.#block = Buffer.from(block);
    this.#blockStream = stream;
    this.#isBlockLast = isLast;
  }

  #continuation(flags: number, payload: Buffer): void {
    if (!this.#block)
      throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a header block goes on that is none");
    const block = Buffer.concat([this.#block, payload]);
    if (block.length > this.#blockBytesMax || payload.length === 0) {
      throw new ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, "the headers are too large");
    }
    this.#block = block;
    if (!(flags & FLAG.END_HEADERS)) return;
    this.#block = undefined;
    this.#sink.headers(this.#blockStream, block, this.#isBlockLast);
  }
}

/** The content of a padded payload, behind `skip` bytes of it. */
function withoutPadding(payload: Buffer, skip: number): Buffer {
  const padding = payload[0];
  if (padding === undefined || 1 + skip + padding > payload.length) {
    throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "the padding is longer than the frame");
  }
  return payload.subarray(1 + skip, payload.length - padding);
}

function checkSize(isGood: boolean): void {
  if (!isGood) throw new ConnectionError(H2_ERROR.FRAME_SIZE_ERROR, "a frame has the wrong size");
}

function checkStream(isGood: boolean): void {
  if (!isGood) throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a frame is of the wrong stream");
}
