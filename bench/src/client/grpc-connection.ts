/**
 * gRPC by hand on `http2` sessions, lean enough for load: unary calls and streams, one TLS connection a slot.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { Credentials } from "../target.ts";

const FRAME_HEADER_BYTES = 5;
const TIMEOUT_MS = 30_000;

/** Where to connect to, and over how many connections. */
export interface GrpcConnectionOptions {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly connections: number;
  readonly timeoutMs?: number;
}

/** How a unary call ended: gRPC's code, and the message where there is one. */
export interface GrpcAnswer {
  readonly code: number;
  readonly body: Buffer;
}

/** A message with gRPC's header before it. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into gRPC messages, which are views of it. */
export function messageReader(each: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    while (bytes.length >= FRAME_HEADER_BYTES) {
      const end = FRAME_HEADER_BYTES + bytes.readUInt32BE(1);
      if (bytes.length < end) break;
      each(bytes.subarray(FRAME_HEADER_BYTES, end));
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  };
}

/** Sessions that are opened when they are first used, and again where they broke. */
export class GrpcConnection {
  readonly #options: GrpcConnectionOptions;
  readonly #sessions: (ClientHttp2Session | undefined)[];
  #next = 0;

  constructor(options: GrpcConnectionOptions) {
    this.#options = options;
    this.#sessions = new Array(options.connections).fill(undefined);
  }

  /** A stream on the connection of `slot`; the caller writes, reads and closes it. */
  open(slot: number, path: string): ClientHttp2Stream {
    return this.#session(slot).request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
  }

  /** A unary call, the connections taking turns; rejects only where no status came. */
  call(path: string, message: Buffer): Promise<GrpcAnswer> {
    return new Promise((resolve, reject) => {
      const stream = this.open(this.#next++, path);
      let code: number | undefined;
      const chunks: Buffer[] = [];
      stream.setTimeout(this.#options.timeoutMs ?? TIMEOUT_MS, () => stream.close());
      // A call that fails at once has its status among the headers.
      const noteStatus = (headers: Record<string, unknown>) => {
        if (headers["grpc-status"] !== undefined) code = Number(headers["grpc-status"]);
      };
      stream.on("response", noteStatus);
      stream.on("trailers", noteStatus);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => {
        if (code === undefined) reject(new Error(`stream closed with code ${stream.rstCode}`));
        else resolve({ code, body: Buffer.concat(chunks).subarray(FRAME_HEADER_BYTES) });
      });
      stream.end(framed(message));
    });
  }

  close(): void {
    for (const session of this.#sessions) session?.destroy();
  }

  #session(slot: number): ClientHttp2Session {
    const index = slot % this.#sessions.length;
    const existing = this.#sessions[index];
    if (existing && !existing.closed && !existing.destroyed) return existing;
    const { endpoints, credentials } = this.#options;
    const session = connect(endpoints[index % endpoints.length]!, { ...credentials });
    session.setMaxListeners(0);
    // Every call learns of a broken session through its own stream's error.
    session.on("error", () => session.destroy());
    this.#sessions[index] = session;
    return session;
  }
}
