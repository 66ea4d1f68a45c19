/** The store as an embedding application has it: `Kv` in the member's own process. */
import type { Kv } from "@quorate/mvcc";
import type { OperationResult } from "../workload.ts";
import { prefixEnd } from "./prefix-end.ts";
import type { StoreClient, StoreReadOptions, StoreWatch } from "./store-client.ts";

const CONFLICT = 409;

/** A store by its `Kv`; the caller closes that. */
export class EmbeddedStoreClient implements StoreClient {
  readonly #kv: Kv;

  constructor(kv: Kv) {
    this.#kv = kv;
  }

  async put(key: string, value: Buffer): Promise<OperationResult> {
    await this.#kv.put({ key: Buffer.from(key), value });
    return { status: 200, sentBytes: key.length + value.length, receivedBytes: 0 };
  }

  async create(key: string, value: Buffer): Promise<OperationResult> {
    const bytes = Buffer.from(key);
    const { succeeded } = await this.#kv.txn({
      compare: [{ key: bytes, target: "create", createRevision: 0, result: "equal" }],
      success: [{ op: "put", request: { key: bytes, value } }],
      failure: [],
    });
    return { status: succeeded ? 200 : CONFLICT, sentBytes: key.length + value.length, receivedBytes: 0 };
  }

  async range(key: string, { serializable, prefix }: StoreReadOptions): Promise<OperationResult> {
    const { kvs } = await this.#kv.range({
      key: Buffer.from(key),
      ...(prefix && { rangeEnd: prefixEnd(key) }),
      serializable,
    });
    const receivedBytes = kvs.reduce((sum, kv) => sum + kv.key.length + kv.value.length, 0);
    return { status: 200, sentBytes: 0, receivedBytes };
  }

  watch(prefix: string, _slot: number, event: (value: Uint8Array) => void): StoreWatch {
    const watch = this.#kv.watch(
      { key: Buffer.from(prefix), rangeEnd: prefixEnd(prefix) },
      {
        batch: ({ changes }) => {
          for (const { kv } of changes) event(kv.value);
        },
        closed: () => {},
      },
    );
    // A barrier's answer travels behind the watch's registration on the same port.
    return { opened: this.#kv.barrier().then(() => {}), close: () => watch.cancel() };
  }

  close(): void {}
}
