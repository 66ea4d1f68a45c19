/**
 * Operators at the peer port: whoever holds a member's certificate may ask for status, change the members or take a
 * backup, also where no other surface is open. One connection, one call after the other; a call's chunks come before its
 * answer, with back-pressure.
 */
import type { Socket } from "node:net";
import { CodedError, messageOf } from "@quorate/base";
import type { ByteReader } from "./byte-reader.ts";
import { pack, unpack } from "./control-codec.ts";
import { encodeFrame, FRAME } from "./peer-frame.ts";
import type { ControlAnswer } from "./peer-transport.ts";

/** Answers the calls of one connection. */
export class ControlServer {
  readonly #socket: Socket;
  readonly #answer: (request: unknown) => Promise<ControlAnswer>;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Socket, answer: (request: unknown) => Promise<ControlAnswer>) {
    this.#socket = socket;
    this.#answer = answer;
  }

  /** Takes a call. Throws MALFORMED_FRAME where it can't be read. */
  ask(body: ByteReader): void {
    let request: unknown;
    try {
      request = unpack(Buffer.from(body.bytes()));
    } catch {
      throw new CodedError("MALFORMED_FRAME", "malformed frame: a call that can't be read");
    }
    this.#last = this.#last.then(() => this.#carryOut(request));
  }

  async #carryOut(request: unknown): Promise<void> {
    let outcome: unknown;
    try {
      const { result, chunks } = await this.#answer(request);
      for await (const chunk of chunks ?? []) {
        await this.#write(encodeFrame(FRAME.controlChunk, (w) => w.bytes(chunk)));
      }
      outcome = { result };
    } catch (error) {
      outcome = { code: (error as CodedError).code ?? "INTERNAL", message: messageOf(error) };
    }
    await this.#write(encodeFrame(FRAME.controlAnswer, (w) => w.bytes(pack(outcome)))).catch(() => {});
  }

  async #write(frame: Buffer): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) throw new CodedError("UNAVAILABLE", "the connection was closed");
    if (socket.write(frame)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.once("drain", done);
      socket.once("close", done);
    });
  }
}
