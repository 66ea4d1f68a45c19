/**
 * The receiving end of a snapshot's transfer, over one connection after the other where they break: chunks come in order,
 * each with a checksum, and the sender is told how many have been taken, so that it goes on from there.
 *
 * Bound: QUEUE_BYTES_MAX of chunks that were not taken yet; the socket is paused beyond.
 */
import type { Socket } from "node:net";
import { crc32 } from "node:zlib";
import { type Clock, CodedError, messageOf, type Timer } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import type { ByteReader } from "./byte-reader.ts";
import { encodeFrame, FRAME } from "./peer-frame.ts";
import type { SnapshotHead } from "./peer-transport.ts";

const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Chunks taken between two words to the sender. */
const ACK_EVERY = 8;
/** The sender hears this often that the receiver still works. */
const ALIVE_MS = 5000;
/** How long a cut transfer is kept for its sender to come back, and a finished one for it to hear of it. */
export const RESUME_MS = 15_000;

/** What makes a transfer fail. */
export function snapshotBroken(reason: string): CodedError<"SNAPSHOT_BROKEN"> {
  return new CodedError("SNAPSHOT_BROKEN", `the transfer of a snapshot broke: ${reason}`);
}

/** One transfer, whatever connection carries it at the moment. */
export class IncomingSnapshot implements AsyncIterable<Uint8Array> {
  readonly from: MemberId;
  readonly head: SnapshotHead;
  readonly #clock: Clock;
  readonly #gone: () => void;
  #socket: Socket | undefined;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** Chunks received, and of those the ones that were taken. */
  #received = 0;
  #taken = 0;
  #crc = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  /** The last frame: how it ended. */
  #outcome: Buffer | undefined;
  #patience: Timer | undefined;
  #alive: Timer | undefined;

  /** `gone` is called when nobody will ask for it any more. */
  constructor(from: MemberId, head: SnapshotHead, clock: Clock, gone: () => void) {
    this.from = from;
    this.head = head;
    this.#clock = clock;
    this.#gone = gone;
  }

  get isFinished(): boolean {
    return this.#outcome !== undefined;
  }

  /** A connection carries the transfer from here on. Chunks that were received and not taken are sent again. */
  attach(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
    this.#patience?.cancel();
    if (this.#outcome) {
      socket.end(this.#outcome);
      return;
    }
    this.#tell(FRAME.snapshotResume, this.#received);
    if (this.#queuedBytes > QUEUE_BYTES_MAX) socket.pause();
    this.#sayAlive();
  }

  /** The connection is gone: its sender may come back for a while. */
  detach(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#alive?.cancel();
    this.#patience = this.#clock.setTimer(RESUME_MS, () => {
      this.fail(snapshotBroken("the connection of the sender was closed"));
      this.#gone();
    });
  }

  /** A chunk frame: checksum, then data. Throws SNAPSHOT_BROKEN where they do not match. */
  chunk(body: ByteReader): void {
    const crc = body.uint32();
    const data = Buffer.from(body.bytes());
    if (crc32(data) !== crc) throw snapshotBroken("a chunk does not match its checksum");
    this.#received++;
    this.#crc = crc32(data, this.#crc);
    this.#queue.push(data);
    this.#queuedBytes += data.length;
    if (this.#queuedBytes > QUEUE_BYTES_MAX) this.#socket?.pause();
    this.#wake?.();
  }

  /** The sender has no more. Throws SNAPSHOT_BROKEN where chunks are missing. */
  end(body: ByteReader): void {
    const [count, crc] = [body.uint32(), body.uint32()];
    if (count !== this.#received || crc !== this.#crc) throw snapshotBroken("chunks are missing");
    this.#ended = true;
    this.#wake?.();
  }

  /** Ends it: who takes the chunks is told. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#error ??= error;
    this.#wake?.();
  }

  /** The state is durable, or can't be taken: the sender is told, now or when it comes back. */
  finish(error: unknown): void {
    this.#outcome =
      error === undefined
        ? encodeFrame(FRAME.snapshotDone)
        : encodeFrame(FRAME.snapshotFailed, (w) => w.text(messageOf(error)));
    this.#alive?.cancel();
    this.#socket?.resume();
    this.#socket?.end(this.#outcome);
    this.#patience?.cancel();
    this.#patience = this.#clock.setTimer(RESUME_MS, this.#gone);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#queue.shift();
      if (next) {
        this.#queuedBytes -= next.length;
        if (this.#queuedBytes < QUEUE_BYTES_MAX / 2) this.#socket?.resume();
        yield next;
        this.#taken++;
        if (this.#taken % ACK_EVERY === 0) this.#tell(FRAME.snapshotAck, this.#taken);
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

  #tell(kind: number, count: number): void {
    this.#socket?.write(encodeFrame(kind, (w) => w.uint32(count)));
  }

  #sayAlive(): void {
    this.#alive?.cancel();
    this.#alive = this.#clock.setTimer(ALIVE_MS, () => {
      this.#tell(FRAME.snapshotAck, this.#taken);
      if (!this.#outcome) this.#sayAlive();
    });
  }
}
