/**
 * The leases of API servers in the store, as kube-apiserver keeps them: an Endpoints object under
 * `<prefix>/masterleases/<address>` that goes with its lease 15 seconds after it was last renewed.
 */
import { CodedError } from "@quorate/base";
import type { ApiServerLeases } from "@quorate/controllers";
import type { Kv } from "@quorate/mvcc";

const FOLDER = "/masterleases/";
const TTL_SECONDS = 15;

const bytes = (text: string): Uint8Array => Buffer.from(text);

function addressIn(value: Uint8Array): string | undefined {
  try {
    const { subsets } = JSON.parse(Buffer.from(value).toString()) as {
      subsets?: readonly { addresses?: readonly { ip?: string }[] }[];
    };
    return subsets?.[0]?.addresses?.[0]?.ip;
  } catch {
    // A kube-apiserver on the same store may write protobuf: its key says the same.
    return undefined;
  }
}

/** The leases of all API servers of a store; this object renews and removes its own. */
export class MasterLeases implements ApiServerLeases {
  readonly #kv: Kv;
  readonly #prefix: string;
  #lease = 0n;

  constructor(kv: Kv, keyPrefix = "/registry") {
    this.#kv = kv;
    this.#prefix = keyPrefix + FOLDER;
  }

  async renew(address: string): Promise<void> {
    if (this.#lease !== 0n && (await this.#kv.leaseKeepAlive(this.#lease)) > 0) {
      const { count } = await this.#kv.range({ key: bytes(this.#prefix + address), countOnly: true });
      if (count > 0) return;
    }
    const { id } = await this.#kv.leaseGrant({ id: 0n, ttlSeconds: TTL_SECONDS });
    const value = bytes(
      JSON.stringify({
        kind: "Endpoints",
        apiVersion: "v1",
        metadata: {},
        subsets: [{ addresses: [{ ip: address }] }],
      }),
    );
    await this.#kv.put({ key: bytes(this.#prefix + address), value, lease: id });
    this.#lease = id;
  }

  async remove(address: string): Promise<void> {
    const lease = this.#lease;
    this.#lease = 0n;
    if (lease === 0n) return;
    // Safety: a key that hangs on another lease is another server's of the same address.
    const key = bytes(this.#prefix + address);
    await this.#kv.txn({
      compare: [{ key, target: "lease", lease, result: "equal" }],
      success: [{ op: "delete-range", request: { key } }],
      failure: [],
    });
    await this.#kv.leaseRevoke(lease).catch((error: unknown) => {
      if (!(error instanceof CodedError) || error.code !== "LEASE_NOT_FOUND") throw error;
    });
  }

  async list(): Promise<readonly string[]> {
    const end = `${this.#prefix.slice(0, -1)}0`;
    const { kvs } = await this.#kv.range({ key: bytes(this.#prefix), rangeEnd: bytes(end) });
    return kvs.map(
      ({ key, value }) => addressIn(value) ?? Buffer.from(key).toString().slice(this.#prefix.length),
    );
  }
}
