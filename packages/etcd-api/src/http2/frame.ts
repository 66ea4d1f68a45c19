/** The frames of HTTP/2 (RFC 9113, section 6): their numbers, and the bytes of those that a server sends. */

/** Kinds of frames. */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** What a frame may say of itself. */
export const FLAG = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** What one end tells the other in SETTINGS. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** Why a stream or a connection ends. */
export const H2_ERROR = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

/** What every connection begins with. */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** Length, kind, flags and stream. */
export const FRAME_HEAD_BYTES = 9;
/** The window where nothing else is agreed. */
export const DEFAULT_WINDOW = 65_535;
/** The largest frame where nothing else is agreed. */
export const DEFAULT_FRAME_BYTES_MAX = 16_384;
/** No window may grow beyond it. */
export const WINDOW_MAX = 2 ** 31 - 1;

/** What makes the whole connection useless; it ends with a GOAWAY of this code. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

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
