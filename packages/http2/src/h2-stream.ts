/** One request and its answer on an HTTP/2 connection. */

import { H2_ERROR } from "./frame.ts";
import type { H2Connection } from "./h2-connection.ts";

/** Who hears of a stream. */
export interface H2StreamListener {
  /**
   * A part of the body, a view of the socket's bytes; `isLast`: there is no more. Say `consumed` when it is
   * dealt with.
   */
  data(chunk: Buffer, isLast: boolean): void;
  /**
   * The stream is over; `isAborted`: the client gave it up, or its connection ended, before the answer was
   * complete.
   */
  closed(isAborted: boolean): void;
  /** What was sent has left the queue. */
  drained(): void;
}

/** Bound: bytes of a stream that wait for the client's window before its owner is asked to wait. */
const QUEUE_HIGH_BYTES = 64 * 1024;

/** How a stream ends that has no trailers. */
export const NO_TRAILERS = Buffer.alloc(0);

/** A stream; made by its connection. */
export class H2Stream {
  readonly id: number;
  readonly connection: H2Connection;
  listener: H2StreamListener | undefined;
  /** What the client still takes. */
  sendWindow: number;
  /** What the client may still send. */
  receiveWindow: number;
  /** Bytes dealt with that the client has not been given back. */
  unreturned = 0;
  isRemoteClosed = false;
  isLocalClosed = false;
  readonly queue: Buffer[] = [];
  queuedBytes = 0;
  /** Where in the first of the queue the next byte is. */
  queueAt = 0;
  /** Closes the stream behind the queue: NO_TRAILERS, or a header block. */
  ending: Buffer | undefined;
  #isBlocked = false;
  /** By what was sent: who wants it back. */
  #releases: Map<Buffer, () => void> | undefined;

  constructor(connection: H2Connection, id: number, sendWindow: number, receiveWindow: number) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /** Nothing more is sent or received. */
  get isClosed(): boolean {
    return this.isLocalClosed && this.isRemoteClosed;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Sends a head before the answer's (1xx). */
  inform(block: Buffer): void {
    if (!this.isLocalClosed && !this.ending) this.connection.writeHeaders(this, block, false);
  }

  /** Sends the head of the answer; `block` is encoded, and copied. `isWhole`: there is no body. */
  respond(block: Buffer, isWhole = false): void {
    if (this.isLocalClosed || this.ending) return;
    this.connection.writeHeaders(this, block, isWhole);
    if (isWhole) this.connection.closeLocal(this);
  }

  /**
   * Sends a part of the answer, whose bytes are the stream's until `release` is called, which does not happen
   * where they can't be sent any more. False: better wait for `drained`.
   */
  send(bytes: Buffer, release?: () => void): boolean {
    if (this.isLocalClosed || this.ending) return true;
    if (bytes.length === 0) return !this.#isBlocked;
    if (this.queuedBytes === 0 && this.connection.sendAtOnce(this, bytes)) {
      release?.();
      return true;
    }
    if (release) {
      this.#releases ??= new Map();
      this.#releases.set(bytes, release);
    }
    this.#queue(bytes);
    this.connection.drain(this);
    this.#isBlocked = this.queuedBytes > QUEUE_HIGH_BYTES;
    return !this.#isBlocked;
  }

  /** Ends the answer: with a last part, or with trailers (a header block of its own). */
  end({ bytes, trailers = NO_TRAILERS }: { readonly bytes?: Buffer; readonly trailers?: Buffer } = {}): void {
    if (this.isLocalClosed || this.ending) return;
    if (bytes !== undefined && bytes.length > 0) this.#queue(bytes);
    this.ending = trailers;
    this.connection.drain(this);
  }

  /** Gives the stream up. */
  reset(code: number = H2_ERROR.CANCEL): void {
    this.connection.reset(this, code);
  }

  /** So many bytes of the body have been dealt with: the client may send as many more. */
  consumed(bytes: number): void {
    this.connection.consumed(this, bytes);
  }

  /** Tells the owner once there is room again; called by the connection. */
  noteDrained(): void {
    if (!this.#isBlocked || this.queuedBytes > QUEUE_HIGH_BYTES / 2) return;
    this.#isBlocked = false;
    this.listener?.drained();
  }

  /** These bytes have left the queue; called by the connection. */
  release(bytes: Buffer): void {
    if (this.#releases === undefined) return;
    this.#releases.get(bytes)?.();
    this.#releases.delete(bytes);
  }

  #queue(bytes: Buffer): void {
    this.queue.push(bytes);
    this.queuedBytes += bytes.length;
    this.connection.noteQueued(bytes.length);
  }
}
