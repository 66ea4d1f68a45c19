/**
 * A lean etcd client for load: gRPC by hand on `http2` sessions (one TLS connection a slot), so that the
 * client's own cost stays small beside the server's.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { messageCodec } from "@quorate/etcd-api";
import type { Credentials } from "../target.ts";
import type { OperationResult } from "../workload.ts";
import type { StoreClient, StoreReadOptions, StoreWatch } from "./store-client.ts";

const PUT = messageCodec("etcdserverpb.PutRequest");
const RANGE = messageCodec("etcdserverpb.RangeRequest");
const TXN = messageCodec("etcdserverpb.TxnRequest");
const TXN_ANSWER = messageCodec("etcdserverpb.TxnResponse");
const WATCH = messageCodec("etcdserverpb.WatchRequest");
const WATCH_ANSWER = messageCodec("etcdserverpb.WatchResponse");

const FRAME_HEADER_BYTES = 5;
const TIMEOUT_MS = 30_000;
const COMPARE_EQUAL = 0;
const COMPARE_CREATE = 1;
const CONFLICT = 409;
const FAILED = 500;

/** Where a client connects to, and over how many connections. */
export interface GrpcStoreClientOptions {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly connections: number;
}

interface Answer {
  readonly code: number;
  readonly body: Buffer;
}

function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}

/** The end of a prefix's keys: the prefix with its last byte one higher. */
export function prefixEnd(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]!++;
  return end;
}

/** Cuts a byte stream into gRPC messages. */
function messageReader(each: (message: Buffer) => void): (chunk: Buffer) => void {
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

/** A store over gRPC. */
export class GrpcStoreClient implements StoreClient {
  readonly #options: GrpcStoreClientOptions;
  readonly #sessions: (ClientHttp2Session | undefined)[];
  #next = 0;

  constructor(options: GrpcStoreClientOptions) {
    this.#options = options;
    this.#sessions = new Array(options.connections).fill(undefined);
  }

  async put(key: string, value: Buffer): Promise<OperationResult> {
    const message = PUT.encode({ key: Buffer.from(key), value });
    return this.#result(await this.#call("/etcdserverpb.KV/Put", message), key.length + value.length);
  }

  async create(key: string, value: Buffer): Promise<OperationResult> {
    const bytes = Buffer.from(key);
    const message = TXN.encode({
      compare: [{ result: COMPARE_EQUAL, target: COMPARE_CREATE, key: bytes, create_revision: 0 }],
      success: [{ request_put: { key: bytes, value } }],
    });
    const answer = await this.#call("/etcdserverpb.KV/Txn", message);
    const result = this.#result(answer, key.length + value.length);
    if (result.status < 300 && !TXN_ANSWER.decode(answer.body).succeeded)
      return { ...result, status: CONFLICT };
    return result;
  }

  async range(key: string, options: StoreReadOptions): Promise<OperationResult> {
    const message = RANGE.encode({
      key: Buffer.from(key),
      ...(options.prefix && { range_end: prefixEnd(key) }),
      serializable: options.serializable,
    });
    return this.#result(await this.#call("/etcdserverpb.KV/Range", message), 0);
  }

  watch(prefix: string, slot: number, event: (value: Uint8Array) => void): StoreWatch {
    const stream = this.#open(slot, "/etcdserverpb.Watch/Watch");
    const opened = new Promise<void>((resolve, reject) => {
      stream.on("error", reject);
      stream.on("close", () => reject(new Error("the watch ended before it was confirmed")));
      const read = messageReader((message) => {
        const answer = WATCH_ANSWER.decode(message);
        if (answer.created) resolve();
        for (const { kv } of answer.events) if (kv) event(kv.value);
      });
      stream.on("data", read);
    });
    const key = Buffer.from(prefix);
    stream.write(framed(WATCH.encode({ create_request: { key, range_end: prefixEnd(prefix) } })));
    return { opened, close: () => stream.close() };
  }

  close(): void {
    for (const session of this.#sessions) session?.destroy();
  }

  #result({ code, body }: Answer, sentBytes: number): OperationResult {
    return { status: code === 0 ? 200 : FAILED + code, sentBytes, receivedBytes: body.length };
  }

  #session(slot: number): ClientHttp2Session {
    const index = slot % this.#sessions.length;
    const existing = this.#sessions[index];
    if (existing && !existing.closed && !existing.destroyed) return existing;
    const { endpoints, credentials } = this.#options;
    const endpoint = endpoints[index % endpoints.length]!;
    const session = connect(endpoint, endpoint.startsWith("https:") ? { ...credentials } : {});
    session.setMaxListeners(0);
    // Every call learns of a broken session through its own stream's error.
    session.on("error", () => session.destroy());
    this.#sessions[index] = session;
    return session;
  }

  #open(slot: number, path: string): ClientHttp2Stream {
    return this.#session(slot).request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
  }

  #call(path: string, message: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stream = this.#open(this.#next++, path);
      let code: number | undefined;
      const chunks: Buffer[] = [];
      stream.setTimeout(TIMEOUT_MS, () => stream.close());
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
}
