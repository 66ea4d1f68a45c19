/**
 * The sending end of a snapshot's transfer: head, chunks with a checksum each, and an end with the count and the checksum
 * of all. A connection that breaks is made again, and the transfer goes on where the receiver is.
 *
 * Bound: WINDOW_BYTES of chunks that the receiver has not taken are kept for that; more are not read.
 */
import type { Socket } from "node:net";
import { crc32 } from "node:zlib";
import { type Clock, messageOf } from "@quorate/base";
import type { ByteReader } from "./byte-reader.ts";
import { RESUME_MS, snapshotBroken } from "./incoming-snapshot.ts";
import { writeSnapshotHead } from "./peer-codec.ts";
import { encodeFrame, encodeHello, FRAME, FrameParser, type Hello, readRefusal } from "./peer-frame.ts";
import { connectPeer, type PeerAddress, type PeerTls } from "./peer-socket.ts";
import type { SnapshotHead } from "./peer-transport.ts";

const WINDOW_BYTES = 8 * 1024 * 1024;
/** Bound: silence of the receiver, which says that it is alive while it works. */
const STALL_MS = 30_000;
const RETRY_MS = 200;

/** Where to, and how. */
export interface SnapshotTarget {
  readonly address: PeerAddress;
  readonly tls: PeerTls | undefined;
  readonly hello: Hello;
  readonly clock: Clock;
  /** Tells this transfer from others of the same member. */
  readonly transferId: bigint;
}

/** The receiver, or the source of the chunks, has said no: another connection would not help. */
class Final extends Error {
  readonly error: Error;

  constructor(error: Error) {
    super(error.message);
    this.error = error;
  }
}

/** One connection of the transfer. */
class Connection {
  readonly socket: Socket;
  /** Chunks that the receiver has; undefined until it has said. */
  resume: number | undefined;
  taken = 0;
  isWelcome = false;
  isDone = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  readonly #heard: () => void;

  /** `heard` is called when the receiver says that it gets on. */
  constructor({ address, tls, hello }: SnapshotTarget, heard: () => void) {
    this.#heard = heard;
    this.socket = connectPeer(address, tls, () => this.socket.write(encodeHello(hello)));
    this.socket.setTimeout(STALL_MS, () => this.socket.destroy(snapshotBroken("no progress")));
    const parser = new FrameParser();
    this.socket.on("data", (chunk: Buffer) => {
      try {
        parser.push(chunk, (kind, body) => this.#frame(kind, body));
      } catch (error) {
        this.socket.destroy(error as Error);
      }
    });
    this.socket.on("error", (error) => this.#fail(error));
    this.socket.on("close", () => this.#fail(snapshotBroken("the connection was closed")));
    this.socket.on("drain", () => this.#wake?.());
  }

  async write(frame: Buffer): Promise<void> {
    if (this.#error) throw this.#error;
    if (!this.socket.write(frame)) await this.until(() => !this.socket.writableNeedDrain);
  }

  /** Resolves when it holds; rejects when the connection is gone. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#error) throw this.#error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #frame(kind: number, body: ByteReader): void {
    if (kind === FRAME.welcome) this.isWelcome = true;
    else if (kind === FRAME.snapshotResume) this.resume = body.uint32();
    else if (kind === FRAME.snapshotAck) {
      this.taken = body.uint32();
      this.#heard();
    } else if (kind === FRAME.snapshotDone) this.isDone = true;
    else if (kind === FRAME.snapshotFailed) {
      this.#fail(new Final(snapshotBroken(`the receiver says: ${body.text()}`)));
    } else if (kind === FRAME.refuse) this.#fail(new Final(snapshotBroken(readRefusal(body).reason)));
    this.#wake?.();
  }

  #fail(error: Error): void {
    if (!this.isDone) this.#error ??= error;
    this.#wake?.();
  }
}

/** One transfer; `run` once. */
export class OutgoingSnapshot {
  readonly #target: SnapshotTarget;
  readonly #head: SnapshotHead;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Frames from chunk #first on that the receiver may not have. */
  #window: Buffer[] = [];
  #windowBytes = 0;
  #first = 0;
  #crc = 0;
  #ended = false;
  /** When the receiver was last heard to get on. */
  #progressAt: number;

  constructor(target: SnapshotTarget, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>) {
    this.#target = target;
    this.#head = head;
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#progressAt = target.clock.now();
  }

  /** Resolves when the receiver has made the state durable. Rejects with SNAPSHOT_BROKEN, or the source's error. */
  async run(): Promise<void> {
    const { clock } = this.#target;
    try {
      for (;;) {
        const connection = new Connection(this.#target, () => {
          this.#progressAt = clock.now();
        });
        try {
          await this.#send(connection);
          return;
        } catch (error) {
          if (error instanceof Final) throw error.error;
          if (clock.now() - this.#progressAt > RESUME_MS) throw error;
        } finally {
          connection.socket.destroy();
        }
        await new Promise<void>((resolve) => clock.setTimer(RETRY_MS, resolve));
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  async #send(connection: Connection): Promise<void> {
    await connection.until(() => connection.isWelcome);
    const { transferId } = this.#target;
    await connection.write(
      encodeFrame(FRAME.snapshotHead, (w) => {
        w.id(transferId);
        writeSnapshotHead(w, this.#head);
      }),
    );
    await connection.until(() => connection.resume !== undefined || connection.isDone);
    if (!connection.isDone) {
      this.#forget(connection.resume!, "the receiver has lost its place");
      for (const frame of [...this.#window]) await connection.write(frame);
      await this.#stream(connection);
    }
    await connection.until(() => connection.isDone);
  }

  async #stream(connection: Connection): Promise<void> {
    while (!this.#ended) {
      this.#forget(Math.max(this.#first, connection.taken), "");
      if (this.#windowBytes >= WINDOW_BYTES) {
        const { taken } = connection;
        await connection.until(() => connection.taken > taken);
        continue;
      }
      const frame = await this.#next(connection);
      if (frame) await connection.write(frame);
    }
    const [count, crc] = [this.#first + this.#window.length, this.#crc];
    await connection.write(
      encodeFrame(FRAME.snapshotEnd, (w) => {
        w.uint32(count);
        w.uint32(crc);
      }),
    );
  }

  /** The frame of the next chunk, kept in the window; undefined at the end. */
  async #next(connection: Connection): Promise<Buffer | undefined> {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await this.#chunks.next();
    } catch (error) {
      const reason = messageOf(error);
      connection.socket.end(encodeFrame(FRAME.snapshotFailed, (w) => w.text(reason)));
      await new Promise<void>((resolve) => connection.socket.once("close", resolve));
      throw new Final(error as Error);
    }
    if (next.done) {
      this.#ended = true;
      return undefined;
    }
    const chunk = next.value;
    this.#crc = crc32(chunk, this.#crc);
    const frame = encodeFrame(FRAME.snapshotChunk, (w) => {
      w.uint32(crc32(chunk));
      w.bytes(chunk);
    });
    this.#window.push(frame);
    this.#windowBytes += frame.length;
    return frame;
  }

  /** Chunks up to `count` are not needed any more. */
  #forget(count: number, otherwise: string): void {
    if (count < this.#first || count > this.#first + this.#window.length) {
      throw new Final(snapshotBroken(otherwise));
    }
    for (const frame of this.#window.splice(0, count - this.#first)) this.#windowBytes -= frame.length;
    this.#first = count;
  }
}
