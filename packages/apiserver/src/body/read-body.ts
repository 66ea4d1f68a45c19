/**
 * Reads a request body into one buffer, up to a limit. A body that announces or brings more is a 413 at once;
 * one that never ends is ended by the request's deadline.
 */
import { badRequest, tooLarge } from "@quorate/object";
import type { BodyListener } from "../connection/request-stream.ts";
import type { Exchange } from "../exchange.ts";

const EMPTY = Buffer.alloc(0);

/** Rejects with 413 beyond `bytesMax`, with 400 where the client breaks off. */
export function readBody(exchange: Exchange, bytesMax: number): Promise<Buffer> {
  const announced = exchange.headers["content-length"];
  if (announced === "0") return Promise.resolve(EMPTY);
  if (announced !== undefined && Number(announced) > bytesMax) {
    exchange.request.refuseBody();
    return Promise.reject(tooLarge(bytesMax));
  }
  return new Promise((resolve, reject) => {
    exchange.request.readBody(new BodyCollector(exchange, bytesMax, resolve, reject));
  });
}

/** Puts a body together; whatever ends it first wins. */
class BodyCollector implements BodyListener {
  readonly #exchange: Exchange;
  readonly #bytesMax: number;
  readonly #resolve: (body: Buffer) => void;
  readonly #reject: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(
    exchange: Exchange,
    bytesMax: number,
    resolve: (body: Buffer) => void,
    reject: (error: Error) => void,
  ) {
    this.#exchange = exchange;
    this.#bytesMax = bytesMax;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  data(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length <= this.#bytesMax) {
      this.#chunks.push(chunk);
      return;
    }
    this.#chunks.length = 0;
    this.#exchange.request.refuseBody();
    this.#reject(tooLarge(this.#bytesMax));
  }

  end(): void {
    const chunks = this.#chunks;
    this.#resolve(
      chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, Math.min(this.#length, this.#bytesMax)),
    );
  }

  broken(): void {
    this.#chunks.length = 0;
    this.#reject(badRequest("the request body ended before it was complete"));
  }
}
