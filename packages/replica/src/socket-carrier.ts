/**
 * Frames over a socket between processes: each with its length (uint32, little-endian) before it. What is
 * sent within one step of the event loop leaves in one system call.
 *
 * Bound: `FRAME_BYTES_MAX`, beyond which the other side is not one of ours.
 */
import type { Socket } from "node:net";
import { CodedError, hasCode } from "@quorate/base";
import type { FrameCarrier } from "./frame-carrier.ts";

const LENGTH_BYTES = 4;
/** Up to it, one copy is cheaper than a write of two parts. */
const COPIED_BYTES_MAX = 16 * 1024;
const FRAME_BYTES_MAX = 1024 * 1024 * 1024;

/** Puts frames together from the chunks of a stream. A frame that came in one chunk is a view of it. */
class FrameAssembler {
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthFilled = 0;
  #frame: Buffer | undefined;
  #filled = 0;

  /** Calls `complete` with each frame that `chunk` ends; throws MALFORMED_FRAME on one that is too large. */
  push(chunk: Buffer, complete: (frame: Buffer) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (!this.#frame) {
        const taken = Math.min(LENGTH_BYTES - this.#lengthFilled, chunk.length - at);
        chunk.copy(this.#length, this.#lengthFilled, at, at + taken);
        this.#lengthFilled += taken;
        at += taken;
        if (this.#lengthFilled < LENGTH_BYTES) return;
        this.#lengthFilled = 0;
        const bytes = this.#length.readUInt32LE();
        if (bytes > FRAME_BYTES_MAX) {
          throw new CodedError("MALFORMED_FRAME", `malformed frame: ${bytes} bytes are too many`);
        }
        if (bytes <= chunk.length - at) {
          complete(chunk.subarray(at, at + bytes));
          at += bytes;
          continue;
        }
        this.#frame = Buffer.allocUnsafeSlow(bytes);
        this.#filled = 0;
      }
      const frame = this.#frame;
      const taken = Math.min(frame.length - this.#filled, chunk.length - at);
      chunk.copy(frame, this.#filled, at, at + taken);
      this.#filled += taken;
      at += taken;
      if (this.#filled < frame.length) return;
      this.#frame = undefined;
      complete(frame);
    }
  }
}

/** One connected socket. It is closed at once where the other side breaks the form of frames. */
export class SocketCarrier implements FrameCarrier {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    // What broke a connection does not matter here: "close" follows.
    socket.on("error", () => {});
  }

  send(frame: Buffer): void {
    const socket = this.#socket;
    if (frame.length > COPIED_BYTES_MAX) {
      this.#write(frame.length, [frame]);
    } else if (socket.writable) {
      const whole = Buffer.allocUnsafe(LENGTH_BYTES + frame.length);
      whole.writeUInt32LE(frame.length);
      whole.set(frame, LENGTH_BYTES);
      socket.write(whole);
    }
  }

  sendShared(head: Buffer, body: Buffer): void {
    this.#write(head.length + body.length, [head, body]);
  }

  start(frame: (frame: Uint8Array) => void, closed: () => void): void {
    const assembler = new FrameAssembler();
    this.#socket.on("data", (chunk: Buffer) => {
      try {
        assembler.push(chunk, frame);
      } catch (error) {
        if (!hasCode(error, "MALFORMED_FRAME")) throw error;
        this.#socket.destroy();
      }
    });
    this.#socket.once("close", closed);
  }

  close(): void {
    this.#socket.end();
  }

  #write(bytes: number, parts: readonly Buffer[]): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(bytes);
    socket.cork();
    socket.write(length);
    for (const part of parts) socket.write(part);
    process.nextTick(() => socket.uncork());
  }
}
