/**
 * Reads a request body into one buffer, up to a limit. A body that announces or brings more is a 413 at once;
 * one that never ends is ended by the request's deadline.
 */
import type { Readable } from "node:stream";
import { badRequest, tooLarge } from "@quorate/object";
import type { Exchange } from "../exchange.ts";

const EMPTY = Buffer.alloc(0);

/** Rejects with 413 beyond `bytesMax`, with 400 where the client breaks off. */
export function readBody(exchange: Exchange, bytesMax: number): Promise<Buffer> {
  const announced = exchange.headers["content-length"];
  if (announced === "0" || exchange.stream?.endAfterHeaders) return Promise.resolve(EMPTY);
  if (announced !== undefined && Number(announced) > bytesMax) {
    exchange.refuseBody();
    return Promise.reject(tooLarge(bytesMax));
  }
  const source = (exchange.stream ?? exchange.request) as Readable;
  // HTTP/1.1 clients have been told by Node.
  if (exchange.headers.expect === "100-continue") exchange.stream?.additionalHeaders({ ":status": 100 });
  if (source.readableEnded) return Promise.resolve(EMPTY);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isDone = false;
    source.on("data", (chunk: Buffer) => {
      if (isDone) return;
      length += chunk.length;
      if (length > bytesMax) {
        isDone = true;
        chunks.length = 0;
        exchange.refuseBody();
        reject(tooLarge(bytesMax));
      } else chunks.push(chunk);
    });
    source.on("end", () => {
      if (isDone) return;
      isDone = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    });
    // Whatever breaks a body, an error too, closes its source. Listeners that stay cost less than `once`.
    source.on("close", () => {
      if (isDone) return;
      isDone = true;
      chunks.length = 0;
      reject(badRequest("the request body ended before it was complete"));
    });
  });
}
