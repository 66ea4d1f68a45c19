/**
 * The server's end of one HTTP/2 connection (RFC 9113), without push and priorities. It is here and not
 * Node's own because it is on the path of every request: a stream there costs several times what the work
 * behind it does. Frames of a turn leave in one write.
 *
 * Bound: what the client sends ahead (windows), headers, streams at a time, control frames a time, and
 * bytes that wait for a client that does not read.
 */
import type { Socket } from "node:net";
import { giveBlocks } from "./block-pool.ts";
import { FloodGuard, type FloodLimit } from "./flood-guard.ts";
import {
  ConnectionError,
  DEFAULT_FRAME_BYTES_MAX,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  H2_ERROR,
  SETTING,
  WINDOW_MAX,
} from "./frame.ts";
import { FrameParser, type FrameSink } from "./frame-parser.ts";
import { FrameWriter } from "./frame-writer.ts";
import { H2Stream, NO_TRAILERS } from "./h2-stream.ts";
import { CompressionError, type HeaderField, HpackDecoder } from "./hpack-decoder.ts";
import { type SilenceOptions, SilenceWatch, type WatchedConnection } from "./silence-watch.ts";

/** Who takes the requests of a connection. */
export interface H2ConnectionOptions extends SilenceOptions {
  /**
   * The head of a request has come; its body goes to the stream's listener, which must be set before it
   * returns.
   */
  readonly request: (stream: H2Stream, fields: readonly HeaderField[]) => void;
  readonly closed: (connection: H2Connection) => void;
  readonly concurrentStreamsMax: number;
  /** What a client may send ahead on a stream, and on all of a connection together. */
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  /** Bound: names and values of a request's headers, and 32 bytes for each. */
  readonly headerBytesMax: number;
  /** Bound: answers that wait for the client, all streams together; beyond it new streams are refused. */
  readonly queuedBytesMax: number;
  /** Bound: streams that the client resets. */
  readonly resets: FloodLimit;
}
/** Bound: bytes that the socket has not taken; the rest waits in the streams. */
const SOCKET_BYTES_MAX = 1024 * 1024;
/** Bound: frames that cost the client nothing. */
const CONTROL_FRAMES: FloodLimit = { burst: 20_000, rate: 2_000 };
const TABLE_SIZE_UPDATE = Buffer.from([0x20]);
const NOTHING = Buffer.alloc(0);

/** One connection. */
export class H2Connection implements FrameSink, WatchedConnection {
  readonly socket: Socket;
  readonly #options: H2ConnectionOptions;
  readonly #parser: FrameParser;
  readonly #decoder: HpackDecoder;
  readonly #silence: SilenceWatch;
  readonly #control = new FloodGuard(CONTROL_FRAMES);
  readonly #resets: FloodGuard;
  readonly #out = new FrameWriter();
  readonly #streams = new Map<number, H2Stream>();
  /** Streams with bytes that wait for a window or the socket. */
  readonly #waiting = new Set<H2Stream>();
  #lastStream = 0;
  #sendWindow = DEFAULT_WINDOW;
  #receiveWindow: number;
  #unreturned = 0;
  #peerWindow = DEFAULT_WINDOW;
  #peerFrameMax = DEFAULT_FRAME_BYTES_MAX;
  #isFlushing = false;
  #isSocketFull = false;
  #isClosed = false;
  #isGoingAway = false;
  #needsTableUpdate = false;
  #queuedBytes = 0;

  constructor(socket: Socket, options: H2ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.#parser = new FrameParser(this, options.headerBytesMax);
    this.#decoder = new HpackDecoder(options.headerBytesMax);
    this.#resets = new FloodGuard(options.resets);
    this.#receiveWindow = options.connectionWindowBytes;
    this.#greet();
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("drain", () => {
      this.#isSocketFull = false;
      this.#drainAll();
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => this.#ended());
    socket.on("error", () => socket.destroy());
    this.#silence = new SilenceWatch(this, options);
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

  sendPing(): void {
    this.#out.ping(Buffer.alloc(8), 0);
    this.#flushSoon();
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
    this.#out.ping(payload, FLAG.ACK);
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
    if (!this.#resets.take()) {
      throw new ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, "too many streams are reset");
    }
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
      else this.#deliver(known, NOTHING, true);
      return;
    }
    if (id % 2 === 0)
      throw new ConnectionError(H2_ERROR.PROTOCOL_ERROR, "a stream of a client has an even id");
    if (id <= this.#lastStream) return;
    this.#lastStream = id;
    const stream = new H2Stream(this, id, this.#peerWindow, this.#options.streamWindowBytes);
    const isFull =
      this.#streams.size >= this.#options.concurrentStreamsMax ||
      this.#queuedBytes > this.#options.queuedBytesMax;
    if (isFull || this.#isGoingAway) {
      this.#writeReset(id, H2_ERROR.REFUSED_STREAM);
      return;
    }
    this.#streams.set(id, stream);
    stream.isRemoteClosed = isLast;
    this.#options.request(stream, fields);
    if (isLast && !stream.isClosed) stream.listener?.data(NOTHING, true);
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

  /** Copies the block. */
  writeHeaders(stream: H2Stream, block: Buffer, isLast: boolean): void {
    const prefix = this.#needsTableUpdate ? TABLE_SIZE_UPDATE : NOTHING;
    this.#needsTableUpdate = false;
    this.#out.headers(stream.id, prefix, block, isLast);
    this.#flushSoon();
  }

  /** Sends a small part of a stream that has nothing queued, where windows and socket allow it. */
  sendAtOnce(stream: H2Stream, bytes: Buffer): boolean {
    const { length } = bytes;
    if (length > this.#peerFrameMax || length > stream.sendWindow || length > this.#sendWindow) return false;
    if (this.#isSocketFull || this.#isClosed) return false;
    this.#writeData(stream, bytes, 0);
    return true;
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
    if (stream.unreturned < this.#options.streamWindowBytes / 2) return;
    this.#out.windowUpdate(stream.id, stream.unreturned);
    stream.receiveWindow += stream.unreturned;
    stream.unreturned = 0;
    this.#flushSoon();
  }

  #greet(): void {
    const { concurrentStreamsMax, streamWindowBytes, connectionWindowBytes, headerBytesMax } = this.#options;
    this.#out.settings([
      [SETTING.INITIAL_WINDOW_SIZE, streamWindowBytes],
      [SETTING.MAX_CONCURRENT_STREAMS, Math.min(concurrentStreamsMax, 0xffffffff)],
      [SETTING.MAX_HEADER_LIST_SIZE, headerBytesMax],
    ]);
    if (connectionWindowBytes > DEFAULT_WINDOW) {
      this.#out.windowUpdate(0, connectionWindowBytes - DEFAULT_WINDOW);
    }
    this.#flushSoon();
  }

  #received(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#silence.heard();
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
  }

  /** One frame of a stream's queue; false where nothing may go out now. */
  #sendPart(stream: H2Stream): boolean {
    const room = Math.min(stream.sendWindow, this.#sendWindow);
    if (room <= 0 || this.#isSocketFull || this.#isClosed) return false;
    const first = stream.queue[0]!;
    const bytes = Math.min(first.length - stream.queueAt, room, this.#peerFrameMax);
    const isLast = bytes === stream.queuedBytes && stream.ending === NO_TRAILERS;
    const isAll = bytes === first.length;
    const part = isAll ? first : first.subarray(stream.queueAt, stream.queueAt + bytes);
    this.#writeData(stream, part, isLast ? FLAG.END_STREAM : 0);
    stream.queueAt += bytes;
    if (stream.queueAt === first.length) {
      stream.queue.shift();
      stream.queueAt = 0;
      stream.release(first);
    }
    if (isLast) stream.isLocalClosed = true;
    stream.queuedBytes -= bytes;
    this.#queuedBytes -= bytes;
    return true;
  }

  /** A DATA frame, for which the windows have room. Copies the bytes. */
  #writeData(stream: H2Stream, bytes: Buffer, flags: number): void {
    this.#out.head(bytes.length, FRAME.DATA, flags, stream.id);
    this.#out.bytes(bytes);
    stream.sendWindow -= bytes.length;
    this.#sendWindow -= bytes.length;
    if (this.#out.length >= SOCKET_BYTES_MAX) this.#flush();
    else this.#flushSoon();
  }

  #finishDrain(stream: H2Stream): void {
    if (stream.queuedBytes > 0) this.#waiting.add(stream);
    else if (this.#waiting.size > 0) this.#waiting.delete(stream);
    stream.noteDrained();
    if (stream.queuedBytes > 0 || !stream.ending) return;
    if (!stream.isLocalClosed) this.#writeEnding(stream, stream.ending);
    this.closeLocal(stream);
  }

  #writeEnding(stream: H2Stream, ending: Buffer): void {
    if (ending !== NO_TRAILERS) {
      this.writeHeaders(stream, ending, true);
      return;
    }
    this.#out.head(0, FRAME.DATA, FLAG.END_STREAM, stream.id);
    this.#flushSoon();
  }

  /** The answer is out to its end. */
  closeLocal(stream: H2Stream): void {
    stream.isLocalClosed = true;
    // The answer is complete before the question: the client need not go on.
    if (!stream.isRemoteClosed) this.#writeReset(stream.id, H2_ERROR.NO_ERROR);
    this.#drop(stream, false);
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
    if (!this.#streams.delete(stream.id)) return;
    this.#waiting.delete(stream);
    this.#queuedBytes -= stream.queuedBytes;
    stream.isLocalClosed = true;
    stream.isRemoteClosed = true;
    stream.queue.length = 0;
    stream.queuedBytes = 0;
    if (this.#streams.size === 0) this.#silence.becameIdle();
    stream.listener?.closed(isAborted);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (!this.#isGoingAway || this.#streams.size > 0 || this.#isClosed) return;
    this.#flush();
    this.socket.end();
  }

  #returnWindow(bytes: number): void {
    this.#unreturned += bytes;
    if (this.#unreturned < this.#options.connectionWindowBytes / 4) return;
    this.#out.windowUpdate(0, this.#unreturned);
    this.#receiveWindow += this.#unreturned;
    this.#unreturned = 0;
    this.#flushSoon();
  }

  #countControl(): void {
    if (!this.#control.take()) {
      throw new ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, "too_many_control_frames");
    }
  }

  #writeReset(id: number, code: number): void {
    this.#out.reset(id, code);
    this.#flushSoon();
  }

  #writeGoAway(code: number, message: string): void {
    this.#out.goAway(this.#lastStream, code, message);
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
    const blocks = this.#out.take();
    const written = (error?: Error | null): void => {
      if (!error) giveBlocks(blocks);
    };
    let isTaken = true;
    const last = blocks.length - 1;
    if (last > 0) this.socket.cork();
    for (let i = 0; i <= last; i++) isTaken = this.socket.write(blocks[i]!, i === last ? written : undefined);
    if (last > 0) this.socket.uncork();
    if (!isTaken && this.socket.writableLength > SOCKET_BYTES_MAX) this.#isSocketFull = true;
  }

  #ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#silence.stop();
    for (const stream of [...this.#streams.values()]) this.#drop(stream, true);
    this.#options.closed(this);
  }
}
