/**
 * A state on its way to a member that fell behind: head, chunks with a checksum each, and an end with the
 * count and the checksum of all. Both sides hold a few chunks at most: the sender waits for the socket to
 * drain, the receiver pauses it.
 */
import type { Socket } from "node:net";
import { crc32 } from "node:zlib";
import { CodedError } from "@quorate/base";
import type { ByteReader } from "./byte-reader.ts";
import { writeSnapshotHead } from "./peer-codec.ts";
import { encodeFrame, encodeHello, FRAME, FrameParser, type Hello, readRefusal } from "./peer-frame.ts";
import { connectPeer, type PeerAddress, type PeerTls } from "./peer-socket.ts";
import type { SnapshotHead } from "./peer-transport.ts";

const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Bound: silence on the connection; the receiver is silent while it builds its index. */
const STALL_MS = 300_000;

function broken(reason: string): CodedError<"SNAPSHOT_BROKEN"> {
  return new CodedError("SNAPSHOT_BROKEN", `the transfer of a snapshot broke: ${reason}`);
}

/** Chunks as they arrive, checked; iterated once. */
export class IncomingChunks implements AsyncIterable<Uint8Array> {
  readonly #socket: Socket;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #count = 0;
  #crc = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** A chunk frame: checksum, then data. */
  chunk(body: ByteReader): void {
    const crc = body.uint32();
    const data = Buffer.from(body.bytes());
    if (crc32(data) !== crc) throw broken("a chunk does not match its checksum");
    this.#count++;
    this.#crc = crc32(data, this.#crc);
    this.#queue.push(data);
    this.#queuedBytes += data.length;
    if (this.#queuedBytes > QUEUE_BYTES_MAX) this.#socket.pause();
    this.#wake?.();
  }

  end(body: ByteReader): void {
    const [count, crc] = [body.uint32(), body.uint32()];
    if (count !== this.#count || crc !== this.#crc) throw broken("chunks are missing");
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    if (this.#ended) return;
    this.#error ??= error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#queue.shift();
      if (next) {
        this.#queuedBytes -= next.length;
        if (this.#queuedBytes < QUEUE_BYTES_MAX / 2) this.#socket.resume();
        yield next;
      } else if (this.#error) throw this.#error;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}

/** Resolves at the next event that lets the sender go on; rejects when the socket is gone. */
class OutgoingSnapshot {
  readonly socket: Socket;
  #error: Error | undefined;
  #welcome = false;
  #done = false;
  #wake: (() => void) | undefined;

  constructor(address: PeerAddress, tls: PeerTls | undefined, hello: Hello) {
    this.socket = connectPeer(address, tls, () => this.socket.write(encodeHello(hello)));
    this.socket.setTimeout(STALL_MS, () => this.socket.destroy(broken("no progress")));
    const parser = new FrameParser();
    this.socket.on("data", (chunk: Buffer) => {
      try {
        parser.push(chunk, (kind, body) => this.#frame(kind, body));
      } catch (error) {
        this.socket.destroy(error as Error);
      }
    });
    this.socket.on("error", (error) => this.#fail(error));
    this.socket.on("close", () => this.#fail(broken("the connection was closed")));
    this.socket.on("drain", () => this.#wake?.());
  }

  welcomed(): Promise<void> {
    return this.#until(() => this.#welcome);
  }

  finished(): Promise<void> {
    return this.#until(() => this.#done);
  }

  async write(frame: Buffer): Promise<void> {
    if (this.#error) throw this.#error;
    if (!this.socket.write(frame)) await this.#until(() => !this.socket.writableNeedDrain);
  }

  #frame(kind: number, body: ByteReader): void {
    if (kind === FRAME.welcome) this.#welcome = true;
    else if (kind === FRAME.snapshotDone) this.#done = true;
    else if (kind === FRAME.snapshotFailed) this.#fail(broken(`the receiver says: ${body.text()}`));
    else if (kind === FRAME.refuse) this.#fail(broken(readRefusal(body).reason));
    this.#wake?.();
  }

  #fail(error: Error): void {
    if (!this.#done) this.#error ??= error;
    this.#wake?.();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#error) throw this.#error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Sends a state over a connection of its own; resolves when the receiver has made it durable. */
export async function sendSnapshotStream(
  address: PeerAddress,
  tls: PeerTls | undefined,
  hello: Hello,
  { head, chunks }: { readonly head: SnapshotHead; readonly chunks: AsyncIterable<Uint8Array> },
): Promise<void> {
  const stream = new OutgoingSnapshot(address, tls, hello);
  try {
    await stream.welcomed();
    await stream.write(encodeFrame(FRAME.snapshotHead, (w) => writeSnapshotHead(w, head)));
    let [count, crc] = [0, 0];
    for await (const chunk of chunks) {
      count++;
      crc = crc32(chunk, crc);
      const frame = encodeFrame(FRAME.snapshotChunk, (w) => {
        w.uint32(crc32(chunk));
        w.bytes(chunk);
      });
      await stream.write(frame);
    }
    await stream.write(
      encodeFrame(FRAME.snapshotEnd, (w) => {
        w.uint32(count);
        w.uint32(crc);
      }),
    );
    await stream.finished();
  } finally {
    stream.socket.destroy();
  }
}
