/**
 * Sends a body in pieces: as fast as the client reads, never more than one piece ahead, compressed where the
 * client takes gzip, and letting other work in between so that no list holds up the event loop.
 */
import type { OutgoingHttpHeaders } from "node:http";
import { constants, createGzip, type Gzip } from "node:zlib";
import type { AnswerSink } from "../connection/request-stream.ts";
import type { Exchange } from "../exchange.ts";
import { BulkLane } from "./bulk-lane.ts";
import { giveChunk } from "./chunk-pool.ts";

/** One for all answers of this thread. */
const lane = new BulkLane();

/** What a body is made of and how it may be sent. */
export interface ChunkedBody {
  readonly contentType: string;
  readonly chunks: Iterable<Buffer>;
  /** Bytes of all chunks, where known. */
  readonly length?: number;
  readonly gzip: boolean;
}

/** Resolves when the last piece has been handed to the connection, or the client has gone. */
export async function sendChunks(exchange: Exchange, status: number, body: ChunkedBody): Promise<void> {
  const headers: OutgoingHttpHeaders = {};
  if (body.gzip) {
    headers["content-encoding"] = "gzip";
    headers["vary"] = "Accept-Encoding";
  } else if (body.length !== undefined) headers["content-length"] = body.length;
  const sink = exchange.begin(status, body.contentType, headers);
  if (sink === undefined) return;
  if (exchange.method === "HEAD") {
    sink.end();
    return;
  }
  const target = body.gzip ? gzipInto(sink) : sink;
  await pump(exchange, body.chunks, target, sink);
}

/** Whether the client takes gzip for a body of this size. */
export function takesGzip(exchange: Exchange, bytes: number, thresholdBytes: number): boolean {
  if (bytes < thresholdBytes) return false;
  const accepted = exchange.headers["accept-encoding"];
  return accepted !== undefined && /(^|,)\s*gzip\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))/i.test(String(accepted));
}

async function pump(
  exchange: Exchange,
  chunks: Iterable<Buffer>,
  target: AnswerSink | Gzip,
  sink: AnswerSink,
): Promise<void> {
  for (const chunk of chunks) {
    await lane.next(chunk.length);
    if (sink.destroyed) return;
    exchange.bytesSent += chunk.length;
    if (!target.write(chunk, (error) => error ?? giveChunk(chunk))) await drained(target, sink);
  }
  if (!sink.destroyed) target.end();
}

/** Compresses as the reference does: fast rather than small. */
function gzipInto(sink: AnswerSink): Gzip {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  gzip.on("data", (bytes: Buffer) => {
    if (!sink.write(bytes)) gzip.pause();
  });
  gzip.on("end", () => sink.end());
  sink.on("drain", () => gzip.resume());
  sink.on("close", () => gzip.destroy());
  return gzip;
}

/** Resolves when `target` takes more, or nobody reads any longer. */
function drained(target: AnswerSink | Gzip, sink: AnswerSink): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      target.off("drain", done);
      sink.off("close", done);
      resolve();
    };
    target.on("drain", done);
    sink.on("close", done);
  });
}
