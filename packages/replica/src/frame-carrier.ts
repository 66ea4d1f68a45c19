/**
 * What carries Kv frames: a message port between threads, or a socket between processes. The codec does not
 * know which.
 */
import type { MessagePort } from "node:worker_threads";

/** Ordered and reliable until it closes. */
export interface FrameCarrier {
  /** Takes the frame over: the sender must not touch its bytes again. */
  send(frame: Buffer): void;
  /**
   * Sends `head` and `body` as one frame. The body stays the sender's, who never changes it: several carriers
   * send the same bytes. Absent where a carrier takes the memory of what it sends.
   */
  sendShared?(head: Buffer, body: Buffer): void;
  /**
   * Gives the memory of a frame that has arrived back at once, instead of with a later collection of garbage.
   * Absent where a frame's memory is not its own.
   */
  free?(frame: Uint8Array): void;
  /** `frame` is called for every frame in order, `closed` once when none can come any more. */
  start(frame: (frame: Uint8Array) => void, closed: () => void): void;
  close(): void;
}

/** Frames over a MessagePort; their memory moves to the other thread instead of being copied. */
export class MessagePortCarrier implements FrameCarrier {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(frame: Buffer): void {
    this.#port.postMessage(frame, [frame.buffer as ArrayBuffer]);
  }

  free(frame: Uint8Array): void {
    (frame.buffer as ArrayBuffer).transfer(0);
  }

  start(frame: (frame: Uint8Array) => void, closed: () => void): void {
    this.#port.on("message", frame);
    this.#port.on("close", closed);
  }

  close(): void {
    this.#port.close();
  }
}
