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
  /** The client gave the stream up, or its connection ended, before the answer was complete. */
  aborted(): void;
  /** What was sent has left the queue. */
  drained(): void;
}

/** Bound: bytes of a stream that wait for the client's window before its owner is asked to wait. */
const QUEUE_HIGH_BYTES = 64 * 1024;

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
  /** Closes the stream behind the queue. */
  trailers: Buffer | undefined;
  #isBlocked = false;

  constructor(connection: H2Connection, id: number, sendWindow: number, receiveWindow: number) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /** Sends the head of the answer; `block` is encoded. */
  respond(block: Buffer): void {
    if (!this.isLocalClosed) this.connection.writeHeaders(this, block, false);
  }

  /** Sends a part of the answer, whose bytes are the stream's now; false: better wait for `drained`. */
  send(bytes: Buffer): boolean {
    if (this.isLocalClosed || this.trailers) return true;
    if (bytes.length === 0) return !this.#isBlocked;
    this.queue.push(bytes);
    this.queuedBytes += bytes.length;
    this.connection.noteQueued(bytes.length);
    this.connection.drain(this);
    this.#isBlocked = this.queuedBytes > QUEUE_HIGH_BYTES;
    return !this.#isBlocked;
  }

  /** Ends the answer. */
  end(trailers: Buffer): void {
    if (this.isLocalClosed || this.trailers) return;
    this.trailers = trailers;
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
}
