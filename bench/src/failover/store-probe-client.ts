/** The probe's client over etcd's gRPC: keys below a prefix. */
import { messageCodec } from "@quorate/etcd-api";
import { framed, GrpcConnection, messageReader } from "../client/grpc-connection.ts";
import { createTxn } from "../client/grpc-store-client.ts";
import { prefixEnd } from "../client/prefix-end.ts";
import type { Credentials } from "../target.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  type Outcome,
  outcomeOf,
  type ProbeClient,
  type WatchEvents,
} from "./probe-client.ts";

const RANGE = messageCodec("etcdserverpb.RangeRequest");
const RANGE_ANSWER = messageCodec("etcdserverpb.RangeResponse");
const WATCH = messageCodec("etcdserverpb.WatchRequest");
const WATCH_ANSWER = messageCodec("etcdserverpb.WatchResponse");
const RANGE_PATH = "/etcdserverpb.KV/Range";
const VALUE = Buffer.alloc(100, "v");

/** Connected to one member. */
export class StoreProbeClient implements ProbeClient {
  readonly #connection: GrpcConnection;
  readonly #prefix: string;

  constructor(endpoint: string, credentials: Credentials, namespace: string) {
    this.#connection = new GrpcConnection({
      endpoints: [endpoint],
      credentials,
      connections: 1,
      timeoutMs: ATTEMPT_TIMEOUT_MS,
    });
    this.#prefix = `${namespace}/`;
  }

  write(name: string): Promise<Outcome> {
    return this.#attempt("/etcdserverpb.KV/Txn", createTxn(this.#prefix + name, VALUE));
  }

  read(): Promise<Outcome> {
    return this.#attempt(RANGE_PATH, RANGE.encode({ key: Buffer.from(this.#prefix) }));
  }

  async position(): Promise<string> {
    const { body } = await this.#connection.call(
      RANGE_PATH,
      RANGE.encode({ key: Buffer.from(this.#prefix) }),
    );
    return String((RANGE_ANSWER.decode(body).header?.revision ?? 0) + 1);
  }

  async watch(from: string, events: WatchEvents, signal: AbortSignal): Promise<void> {
    const stream = this.#connection.open(0, "/etcdserverpb.Watch/Watch");
    const cancel = () => stream.close();
    signal.addEventListener("abort", cancel, { once: true });
    const read = messageReader((message) => {
      const answer = WATCH_ANSWER.decode(message);
      if (answer.created && !answer.canceled) events.opened();
      for (const { kv } of answer.events) {
        if (!kv) continue;
        const name = Buffer.from(kv.key).toString().slice(this.#prefix.length);
        events.created(name, String(kv.mod_revision + 1));
      }
      if (answer.compact_revision > 0) events.expired();
      if (answer.canceled) stream.close();
    });
    stream.on("data", read);
    const key = Buffer.from(this.#prefix);
    const range_end = prefixEnd(this.#prefix);
    const create_request = { key, range_end, start_revision: Number(from) };
    stream.write(framed(WATCH.encode({ create_request })));
    await new Promise<void>((resolve) => {
      stream.on("error", () => resolve());
      stream.on("close", () => resolve());
    });
    signal.removeEventListener("abort", cancel);
  }

  async names(): Promise<Set<string>> {
    const message = RANGE.encode({
      key: Buffer.from(this.#prefix),
      range_end: prefixEnd(this.#prefix),
      keys_only: true,
    });
    const { code, body } = await this.#connection.call(RANGE_PATH, message);
    if (code !== 0) throw new Error(`a member does not list its keys: code ${code}`);
    const keys = RANGE_ANSWER.decode(body).kvs.map(({ key }) => Buffer.from(key).toString());
    return new Set(keys.map((key) => key.slice(this.#prefix.length)));
  }

  close(): void {
    this.#connection.close();
  }

  async #attempt(path: string, message: Buffer): Promise<Outcome> {
    const started = performance.now();
    try {
      const { code } = await this.#connection.call(path, message);
      return code === 0 ? "ok" : `grpc ${code}`;
    } catch (error) {
      return outcomeOf(error, started);
    }
  }
}
