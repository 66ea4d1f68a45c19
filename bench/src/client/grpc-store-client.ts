/** The store's calls over gRPC, for load. */
import { messageCodec } from "@quorate/etcd-api";
import type { OperationResult } from "../workload.ts";
import {
  framed,
  type GrpcAnswer,
  GrpcConnection,
  type GrpcConnectionOptions,
  messageReader,
} from "./grpc-connection.ts";
import { prefixEnd } from "./prefix-end.ts";
import type { StoreClient, StoreReadOptions, StoreWatch } from "./store-client.ts";

const PUT = messageCodec("etcdserverpb.PutRequest");
const RANGE = messageCodec("etcdserverpb.RangeRequest");
const TXN = messageCodec("etcdserverpb.TxnRequest");
const TXN_ANSWER = messageCodec("etcdserverpb.TxnResponse");
const WATCH = messageCodec("etcdserverpb.WatchRequest");
const WATCH_ANSWER = messageCodec("etcdserverpb.WatchResponse");

const COMPARE_EQUAL = 0;
const COMPARE_CREATE = 1;
const CONFLICT = 409;
const FAILED = 500;

/** The transaction that puts a key where it is absent. */
export function createTxn(key: string, value: Buffer): Buffer {
  const bytes = Buffer.from(key);
  return TXN.encode({
    compare: [{ result: COMPARE_EQUAL, target: COMPARE_CREATE, key: bytes, create_revision: 0 }],
    success: [{ request_put: { key: bytes, value } }],
  });
}

function resultOf({ code, body }: GrpcAnswer, sentBytes: number): OperationResult {
  return { status: code === 0 ? 200 : FAILED + code, sentBytes, receivedBytes: body.length };
}

/** A store over gRPC. */
export class GrpcStoreClient implements StoreClient {
  readonly #connection: GrpcConnection;

  constructor(options: GrpcConnectionOptions) {
    this.#connection = new GrpcConnection(options);
  }

  async put(key: string, value: Buffer): Promise<OperationResult> {
    const message = PUT.encode({ key: Buffer.from(key), value });
    const answer = await this.#connection.call("/etcdserverpb.KV/Put", message);
    return resultOf(answer, key.length + value.length);
  }

  async create(key: string, value: Buffer): Promise<OperationResult> {
    const answer = await this.#connection.call("/etcdserverpb.KV/Txn", createTxn(key, value));
    const result = resultOf(answer, key.length + value.length);
    if (answer.code === 0 && !TXN_ANSWER.decode(answer.body).succeeded)
      return { ...result, status: CONFLICT };
    return result;
  }

  async range(key: string, options: StoreReadOptions): Promise<OperationResult> {
    const message = RANGE.encode({
      key: Buffer.from(key),
      ...(options.prefix && { range_end: prefixEnd(key) }),
      serializable: options.serializable,
    });
    return resultOf(await this.#connection.call("/etcdserverpb.KV/Range", message), 0);
  }

  watch(prefix: string, slot: number, event: (value: Uint8Array) => void): StoreWatch {
    const stream = this.#connection.open(slot, "/etcdserverpb.Watch/Watch");
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
    this.#connection.close();
  }
}
