/**
 * The frames between a Kv user and the one who serves it: items of kind (1 byte), id (4), length (4), body.
 * All items of an event-loop turn travel in one frame. Ids are chosen by the user, one sequence for calls and
 * one for watches. Watch batches and answers keep the order in which the server made them, which is what
 * carries the ordering promise of `Kv` over the seam.
 */
import { ByteWriter } from "./byte-writer.ts";
import type { FrameCarrier } from "./frame-carrier.ts";
import type { Scheduler } from "./scheduler.ts";

/** From the user. */
export const REQUEST = { call: 1, cancel: 2, watch: 3, watchCancel: 4, watchProgress: 5, ack: 6 } as const;
/** From the server. */
export const RESPONSE = { result: 1, failure: 2, batch: 3, watchClosed: 4 } as const;

/** The calls of Kv by their number on the wire; new ones go to the end. */
export const METHODS = [
  "range",
  "put",
  "deleteRange",
  "txn",
  "compact",
  "barrier",
  "leaseGrant",
  "leaseRevoke",
  "leaseKeepAlive",
  "leaseTimeToLive",
  "leases",
  "status",
  "control",
] as const;
/** The name of a call. */
export type Method = (typeof METHODS)[number];

/** Bytes received without an acknowledgement before the user sends one. */
export const ACK_BYTES = 256 * 1024;

/** Kind, id and length of an item. */
const HEAD_BYTES = 9;
/** Below it a copy is cheaper than a frame of its own. */
const SHARED_BYTES_MIN = 4096;

/** Collects the items of a turn into one frame. */
export class FrameOutbox {
  readonly #carrier: FrameCarrier;
  readonly #scheduler: Scheduler;
  readonly #later: Scheduler | undefined;
  #writer: ByteWriter | undefined;
  /** Whether what has been collected leaves with this turn; otherwise when `later` says so. */
  #isDue = false;
  #capacity = 4096;
  #sentBytes = 0;

  /** `later` is when items leave that can wait; absent: with the others of their turn. */
  constructor(carrier: FrameCarrier, scheduler: Scheduler, later?: Scheduler) {
    this.#carrier = carrier;
    this.#scheduler = scheduler;
    this.#later = later;
  }

  /** Bytes handed to the carrier so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Adds an item whose body `write` writes; where that throws, the item is left out. */
  add(kind: number, id: number, write?: (writer: ByteWriter) => void): void {
    const writer = this.#open();
    this.#leaveWithThisTurn();
    this.#write(writer, kind, id, write);
  }

  #write(writer: ByteWriter, kind: number, id: number, write?: (writer: ByteWriter) => void): void {
    const before = writer.length;
    try {
      writer.byte(kind);
      writer.uint32(id);
      const start = writer.beginLength();
      write?.(writer);
      writer.fillLength(start);
    } catch (error) {
      writer.rewind(before);
      throw error;
    }
  }

  /**
   * Adds an item that can wait for one that can't, whose body is there already and is not the outbox's to
   * change.
   */
  addEncoded(kind: number, id: number, body: Buffer): void {
    if (!this.#carrier.sendShared || body.length < SHARED_BYTES_MIN) {
      const isFirst = this.#writer === undefined;
      this.#write(this.#open(), kind, id, (w) => w.raw(body));
      if (!this.#later) this.#leaveWithThisTurn();
      else if (isFirst) this.#later.soon(() => this.flush());
      return;
    }
    // Safety: items keep their order.
    this.flush();
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(id, 1);
    head.writeUInt32LE(body.length, 5);
    this.#sentBytes += HEAD_BYTES + body.length;
    this.#carrier.sendShared(head, body);
  }

  /** Sends what has been collected now instead of at the end of the turn. */
  flush(): void {
    const writer = this.#writer;
    if (!writer) return;
    this.#writer = undefined;
    this.#isDue = false;
    const frame = writer.take();
    // The next turn will likely need about as much.
    this.#capacity = Math.min(65_536, Math.max(1024, (this.#capacity + frame.length * 2) >> 1));
    this.#sentBytes += frame.length;
    this.#carrier.send(frame);
  }

  #open(): ByteWriter {
    this.#writer ??= new ByteWriter(this.#capacity);
    return this.#writer;
  }

  #leaveWithThisTurn(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#scheduler.soon(() => this.flush());
  }
}
