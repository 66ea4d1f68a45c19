/**
 * The server's end of one HTTP/2 connection (RFC 9113), as far as gRPC needs it: no push, no priorities. It
 * is here and not Node's own because it is on the path of every request: a stream there costs several times
 * what the store's work does. Frames of a turn leave in one write.
 *
 * Bound: what the client sends ahead (windows), headers, streams at a time, control frames a time, and
 * bytes that wait for a client that does not read: beyond QUEUED_BYTES_MAX new streams are refused.
 */
import type { Socket } from "node:net";
import {
  ConnectionError,
  DEFAULT_FRAME_BYTES_MAX,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  FrameWriter,
  H2_ERROR,
  SETTING,
  WINDOW_MAX,
} from "./frame.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { H2Stream } from "./h2-stream.ts";
import { CompressionError, type HeaderField, HpackDecoder } from "./hpack-decoder.ts";

/** Who takes the requests of a connection. */
export interface H2ConnectionOptions {
  /**
   * The head of a request has come; its body goes to the stream's listener, which must be set before it
   * returns.
   */
  readonly request: (stream: H2Stream, fields: readonly HeaderField[]) => void;
  readonly closed: (connection: H2Connection) => void;
  readonly concurrentStreamsMax: number;
  /** Time between two pings of a quiet client; 0: none. */
  readonly keepAliveIntervalMs: number;
  /** How long the answer to a ping may take. */
  readonly keepAliveTimeoutMs: number;
}

/** What a client may send ahead on a stream, and on all of a connection together. */
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Bound: bytes that the socket has not taken; the rest waits in the streams. */
const SOCKET_BYTES_MAX = 1024 * 1024;
/** Bound: answers that wait for the client's window, all streams together. */
const QUEUED_BYTES_MAX = 256 * 1024 * 1024;
/** Bound: frames that cost the client nothing, in CONTROL_PERIOD_MS. */
const CONTROL_FRAMES_MAX = 20_000;
const CONTROL_PERIOD_MS = 10_000;
/** Parts smaller than this are copied together, larger ones are handed on as they are. */
const COPY_BYTES_MAX = 8 * 1024;
const TABLE_SIZE_UPDATE = Buffer.from([0x20]);

/** One connection. */
export class H2Connection implements FrameSink {
  readonly socket: Socket;
  readonly #options: H2ConnectionOptions;
  readonly #parser = new FrameParser(this);
  readonly #decoder = new HpackDecoder();
  readonly #out = new FrameWriter();
  readonly #streams = new Map<number, H2Stream>();
  /** Streams with bytes that wait for a window or the socket. */
  readonly #waiting = new Set<H2Stream>();
  #lastStream = 0;
  #sendWindow = DEFAULT_WINDOW;
  #receiveWindow = CONNECTION_WINDOW;
  #unreturned = 0;
  #peerWindow = DEFAULT_WINDOW;
  #peerFrameMax = DEFAULT_FRAME_BYTES_MAX;
  #isFlushing = false;
  #isSocketFull = false;
  #isClosed = false;
  #isGoingAway = false;
  #needsTableUpdate = false;
  #queuedBytes = 0;
  #controlFrames = 0;
  #controlSince = performance.now();
  #heardAt = performance.now();
  /** When the client was asked whether it is there. */
  #askedAt = 0;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: H2ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.#greet();
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("drain", () => {
      this.#isSocketFull = false;
      this.#drainAll();
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => this.#ended());
    socket.on("error", () => socket.destroy());
    this.#watchSilence();
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Takes no more requests; the connection ends when the last answer is out. */
  goAway(): void {
    if (this.#isGoingAway || this.#isClosed) return;
    this.#isGoingAway = true;
    this.#writeGoAway(H2_ERROR.NO_ERROR, "");
    this.#endIfIdle();
  }

  destroy(): void {
    this.socket.destroy();
  }

  settings(payload: Buffer, isAck: boolean): void {
    if (isAck) return;
    this.#countControl();
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      this.#applySetting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
    this.#out.head(0, FRAME.SETTINGS, FLAG.ACK, 0);
    this.#flushSoon();
    this.#drainAll();
  }

  ping(payload: Buffer, isAck: boolean): void {
    if (isAck) return;
    this.#countControl();
    this.#out.head(8, FRAME.PING, FLAG.ACK, 0);
    this.#out.bytes(payload);
    this.#flushSoon();
  }

  windowUpdate(id: number, increment: number): void {
    if (id === 0) {
      if (increment === 0) throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a window update of nothing");
      this.#sendWindow += increment;
      if (this.#sendWindow > WINDOW_MAX) {
        throw new ConnectionError(H2_ERROR.FLOW_CONTROL_ERROR, "the window is too large");
      }
      this.#drainAll();
      return;
    }
    const stream = this.#streams.get(id);
    if (!stream) {
      if (id > this.#lastStream) throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a window of no stream");
      return;
    }
    stream.sendWindow += increment;
    if (increment === 0) this.reset(stream, H2_ERROR.PROTOCOL_ERROR);
    else if (stream.sendWindow > WINDOW_MAX) this.reset(stream, H2_ERROR.FLOW_CONTROL_ERROR);
    else this.drain(stream);
  }

  resetStream(id: number): void {
    this.#countControl();
    if (id > this.#lastStream) throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a reset of no stream");
    const stream = this.#streams.get(id);
    if (stream) this.#drop(stream, true);
  }

  headers(id: number, block: Buffer, isLast: boolean): void {
    // Also of a stream that is refused: the table must follow.
    const fields = this.#decode(block);
    const known = this.#streams.get(id);
    if (known) {
      // Trailers of a request say nothing here.
      if (!isLast || known.isRemoteClosed) this.reset(known, H2_ERROR.PROTOCOL_ERROR);
      else this.#deliver(known, Buffer.alloc(0), true);
      return;
    }
    if (id % 2 === 0)
      throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a stream of a client has an even id");
    if (id <= this.#lastStream) return;
    this.#lastStream = id;
    const stream = new H2Stream(this, id, this.#peerWindow, STREAM_WINDOW);
    const isFull =
      this.#streams.size >= this.#options.concurrentStreamsMax || this.#queuedBytes > QUEUED_BYTES_MAX;
    if (isFull || this.#isGoingAway) {
      this.#writeReset(id, H2_ERROR.REFUSED_STREAM);
      return;
    }
    this.#streams.set(id, stream);
    this.#options.request(stream, fields);
    if (isLast) this.#deliver(stream, Buffer.alloc(0), true);
  }

  data(id: number, chunk: Buffer, paddingBytes: number, isLast: boolean): void {
    const bytes = chunk.length + paddingBytes;
    this.#receiveWindow -= bytes;
    if (this.#receiveWindow < 0) {
      throw new ConnectionError(H2_ERROR.FLOW_CONTROL_ERROR, "more was sent than the window allows");
    }
    const stream = this.#streams.get(id);
    if (bytes === 0 && !isLast) this.#countControl();
    if (!stream || stream.isRemoteClosed) {
      if (id > this.#lastStream) throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "data of no stream");
      // What was under way when the stream ended.
      this.#returnWindow(bytes);
      return;
    }
    stream.receiveWindow -= bytes;
    if (stream.receiveWindow < 0) {
      this.#returnWindow(bytes);
      this.reset(stream, H2_ERROR.FLOW_CONTROL_ERROR);
      return;
    }
    if (paddingBytes > 0) this.consumed(stream, paddingBytes);
    this.#deliver(stream, chunk, isLast);
  }

  /** Answers to the frame parser: a frame of a kind that means nothing here. */
  other(): void {
    this.#countControl();
  }

  writeHeaders(stream: H2Stream, block: Buffer, isLast: boolean): void {
    const prefix = this.#needsTableUpdate ? TABLE_SIZE_UPDATE : undefined;
    this.#needsTableUpdate = false;
    const flags = FLAG.END_HEADERS | (isLast ? FLAG.END_STREAM : 0);
    this.#out.head(block.length + (prefix ? 1 : 0), FRAME.HEADERS, flags, stream.id);
    if (prefix) this.#out.bytes(prefix);
    this.#out.bytes(block);
    this.#flushSoon();
  }

  /** Sends what the windows and the socket allow of a stream. */
  drain(stream: H2Stream): void {
    while (stream.queuedBytes > 0 && this.#sendPart(stream));
    this.#finishDrain(stream);
  }

  /** Bytes have joined a stream's queue. */
  noteQueued(bytes: number): void {
    this.#queuedBytes += bytes;
  }

  reset(stream: H2Stream, code: number): void {
    if (!this.#streams.has(stream.id)) return;
    this.#writeReset(stream.id, code);
    this.#drop(stream, true);
  }

  consumed(stream: H2Stream, bytes: number): void {
    this.#returnWindow(bytes);
    if (stream.isRemoteClosed) return;
    stream.unreturned += bytes;
    if (stream.unreturned < STREAM_WINDOW / 2) return;
    this.#out.head(4, FRAME.WINDOW_UPDATE, 0, stream.id);
    this.#out.uint32(stream.unreturned);
    stream.receiveWindow += stream.unreturned;
    stream.unreturned = 0;
    this.#flushSoon();
  }

  #greet(): void {
    const { concurrentStreamsMax } = this.#options;
    const settings: [number, number][] = [
      [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
      [SETTING.MAX_CONCURRENT_STREAMS, Math.min(concurrentStreamsMax, 0xffffffff)],
    ];
    this.#out.head(settings.length * 6, FRAME.SETTINGS, 0, 0);
    for (const [name, value] of settings) {
      this.#out.uint16(name);
      this.#out.uint32(value);
    }
    this.#out.head(4, FRAME.WINDOW_UPDATE, 0, 0);
    this.#out.uint32(CONNECTION_WINDOW - DEFAULT_WINDOW);
    this.#flushSoon();
  }

  #received(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#heardAt = performance.now();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError)) {
        this.socket.destroy();
        throw error;
      }
      this.#writeGoAway(error.code, error.message);
      this.#flush();
      this.socket.end();
      this.socket.destroySoon();
    }
  }

  #decode(block: Buffer): readonly HeaderField[] {
    try {
      return this.#decoder.decode(block);
    } catch (error) {
      if (error instanceof CompressionError) {
        throw new ConnectionError(H2_ERROR.COMPRESSION_ERROR, error.message);
      }
      throw error;
    }
  }

  #applySetting(name: number, value: number): void {
    if (name === SETTING.INITIAL_WINDOW_SIZE) {
      if (value > WINDOW_MAX) {
        throw new ConnectionError(H2_ERROR.FLOW_CONTROL_ERROR, "the initial window is too large");
      }
      const difference = value - this.#peerWindow;
      this.#peerWindow = value;
      for (const stream of this.#streams.values()) stream.sendWindow += difference;
    } else if (name === SETTING.MAX_FRAME_SIZE) {
      if (value < DEFAULT_FRAME_BYTES_MAX || value > 2 ** 24 - 1) {
        throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "the frame size is out of range");
      }
      // Large frames hold the others up.
      this.#peerFrameMax = Math.min(value, 64 * 1024);
    } else if (name === SETTING.HEADER_TABLE_SIZE) {
      // Nothing of ours is in the table; a smaller one has to be acknowledged all the same.
      this.#needsTableUpdate = true;
    }
  }

  #deliver(stream: H2Stream, chunk: Buffer, isLast: boolean): void {
    if (isLast) stream.isRemoteClosed = true;
    stream.listener?.data(chunk, isLast);
    if (isLast && stream.isLocalClosed) this.#drop(stream, false);
  }

  /** One frame of a stream's queue; false where nothing may go out now. */
  #sendPart(stream: H2Stream): boolean {
    const room = Math.min(stream.sendWindow, this.#sendWindow);
    if (room <= 0 || this.#isSocketFull || this.#isClosed) return false;
    const first = stream.queue[0]!;
    const bytes = Math.min(first.length - stream.queueAt, room, this.#peerFrameMax);
    this.#out.head(bytes, FRAME.DATA, 0, stream.id);
    const part = first.subarray(stream.queueAt, stream.queueAt + bytes);
    if (bytes >= COPY_BYTES_MAX) this.#out.own(part);
    else this.#out.bytes(part);
    stream.queueAt += bytes;
    if (stream.queueAt === first.length) {
      stream.queue.shift();
      stream.queueAt = 0;
    }
    stream.queuedBytes -= bytes;
    this.#queuedBytes -= bytes;
    stream.sendWindow -= bytes;
    this.#sendWindow -= bytes;
    if (this.#out.length >= SOCKET_BYTES_MAX) this.#flush();
    else this.#flushSoon();
    return true;
  }

  #finishDrain(stream: H2Stream): void {
    if (stream.queuedBytes > 0) this.#waiting.add(stream);
    else if (this.#waiting.size > 0) this.#waiting.delete(stream);
    stream.noteDrained();
    if (stream.queuedBytes > 0 || !stream.trailers || stream.isLocalClosed) return;
    stream.isLocalClosed = true;
    this.writeHeaders(stream, stream.trailers, true);
    if (stream.isRemoteClosed) this.#drop(stream, false);
    else {
      // The answer is complete before the question: the client need not go on.
      this.#writeReset(stream.id, H2_ERROR.NO_ERROR);
      this.#drop(stream, false);
    }
  }

  /** A frame of each in turn, so that a large answer does not hold up the others. */
  #drainAll(): void {
    while (this.#waiting.size > 0 && this.#sendWindow > 0 && !this.#isSocketFull && !this.#isClosed) {
      let isStuck = true;
      for (const stream of [...this.#waiting]) {
        if (this.#sendPart(stream)) isStuck = false;
        this.#finishDrain(stream);
      }
      if (isStuck) return;
    }
  }

  #drop(stream: H2Stream, isAborted: boolean): void {
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
    this.#queuedBytes -= stream.queuedBytes;
    stream.isLocalClosed = true;
    stream.isRemoteClosed = true;
    stream.queue.length = 0;
    stream.queuedBytes = 0;
    if (isAborted) stream.listener?.aborted();
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (!this.#isGoingAway || this.#streams.size > 0 || this.#isClosed) return;
    this.#flush();
    this.socket.end();
  }

  #returnWindow(bytes: number): void {
    this.#unreturned += bytes;
    if (this.#unreturned < CONNECTION_WINDOW / 4) return;
    this.#out.head(4, FRAME.WINDOW_UPDATE, 0, 0);
    this.#out.uint32(this.#unreturned);
    this.#receiveWindow += this.#unreturned;
    this.#unreturned = 0;
    this.#flushSoon();
  }

  #countControl(): void {
    if (++this.#controlFrames < CONTROL_FRAMES_MAX) return;
    const now = performance.now();
    if (now - this.#controlSince < CONTROL_PERIOD_MS) {
      throw new ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, "too_many_control_frames");
    }
    this.#controlSince = now;
    this.#controlFrames = 0;
  }

  #watchSilence(): void {
    const { keepAliveIntervalMs } = this.#options;
    if (keepAliveIntervalMs <= 0) return;
    const look = (): void => this.#lookForSilence(look);
    this.#keepAlive = setTimeout(look, Math.min(keepAliveIntervalMs, WINDOW_MAX)).unref();
  }

  /** Asks a client that has been quiet for long, and ends the connection where it has not answered. */
  #lookForSilence(again: () => void): void {
    const { keepAliveIntervalMs, keepAliveTimeoutMs } = this.#options;
    const now = performance.now();
    const isAsked = this.#askedAt > this.#heardAt;
    let nextMs = keepAliveIntervalMs - (now - this.#heardAt);
    if (isAsked && now - this.#askedAt >= keepAliveTimeoutMs) {
      // An answer that came while this thread was busy is still to be read.
      setImmediate(() => {
        if (this.#askedAt > this.#heardAt) this.socket.destroy();
        else again();
      });
      return;
    }
    if (isAsked) nextMs = keepAliveTimeoutMs - (now - this.#askedAt);
    else if (nextMs <= 0) {
      this.#askedAt = now;
      this.#out.head(8, FRAME.PING, 0, 0);
      this.#out.bytes(Buffer.alloc(8));
      this.#flushSoon();
      nextMs = keepAliveTimeoutMs;
    }
    this.#keepAlive = setTimeout(again, Math.max(10, Math.min(nextMs, WINDOW_MAX))).unref();
  }

  #writeReset(id: number, code: number): void {
    this.#out.head(4, FRAME.RST_STREAM, 0, id);
    this.#out.uint32(code);
    this.#flushSoon();
  }

  #writeGoAway(code: number, message: string): void {
    const text = Buffer.from(message);
    this.#out.head(8 + text.length, FRAME.GOAWAY, 0, 0);
    this.#out.uint32(this.#lastStream);
    this.#out.uint32(code);
    this.#out.bytes(text);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // Behind the answers that are ready in this turn.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#out.length === 0 || this.#isClosed) return;
    const parts = this.#out.take();
    let isTaken = true;
    if (parts.length > 1) this.socket.cork();
    for (const part of parts) isTaken = this.socket.write(part);
    if (parts.length > 1) this.socket.uncork();
    if (!isTaken && this.socket.writableLength > SOCKET_BYTES_MAX) this.#isSocketFull = true;
  }

  #ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#keepAlive);
    for (const stream of [...this.#streams.values()]) this.#drop(stream, true);
    this.#options.closed(this);
  }
}
