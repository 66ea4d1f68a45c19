/**
 * The key scheme that locks and elections share: who has the key of the smallest create revision under
 * `name/` is first; each other waits for the deletion of the one just before it. Keys end with their lease,
 * so that losing it gives way.
 *
 * etcd client/v3/concurrency (key.go, mutex.go, election.go) for the scheme: clients of both kinds may meet
 * on one name.
 */
import type { CallOptions, KeyValue, Kv, LeaseId, ResponseHeader } from "@quorate/mvcc";
import type { AccessCheck } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type { RpcCall } from "./rpc-call.ts";
import { rpcError } from "./rpc-error.ts";

/** The lease that is granted for who brings none, as in etcd's sessions. */
const SESSION_TTL_SECONDS = 60;

/** A key in its place in the order. */
export interface OrderedKey {
  readonly key: Buffer;
  readonly lease: LeaseId;
  readonly createRevision: number;
  readonly header: ResponseHeader;
}

/** Waits and questions about the order under a name. */
export class PrefixOrder {
  readonly #kv: Kv;
  readonly #access: AccessCheck;

  constructor(backend: EtcdBackend, access: AccessCheck) {
    this.#kv = backend.kv;
    this.#access = access;
  }

  /**
   * Takes a place under the name (the one it has already, where it has one) and resolves when it is first.
   */
  async enter(name: Uint8Array, lease: LeaseId, value: Uint8Array, call: RpcCall): Promise<OrderedKey> {
    const own =
      lease === 0n ? (await this.#kv.leaseGrant({ id: 0n, ttlSeconds: SESSION_TTL_SECONDS })).id : lease;
    const prefix = Buffer.concat([name, Buffer.from("/")]);
    const key = Buffer.concat([prefix, Buffer.from(own.toString(16))]);
    const { succeeded, responses, header } = await this.#kv.txn(
      {
        compare: [{ key, target: "create", createRevision: 0, result: "equal" }],
        success: [{ op: "put", request: { key, value, lease: own } }],
        failure: [{ op: "range", request: { key } }],
      },
      this.#access.optionsOf(call),
    );
    const [first] = responses;
    const found = first?.op === "range" ? first.response.kvs[0] : undefined;
    const createRevision = succeeded ? header.revision : found!.createRevision;
    if (found && !Buffer.from(found.value).equals(value)) {
      await this.#kv.put({ key, value, lease: own }, this.#access.optionsOf(call));
    }
    try {
      await this.#waitForTurn(prefix, createRevision, call);
    } catch (error) {
      // Who no longer waits must not stand in the way of others.
      await this.#kv.deleteRange({ key }).catch(() => undefined);
      throw error;
    }
    const { kvs, header: now } = await this.#kv.range({ key }, callOptions(call));
    if (kvs[0]?.createRevision !== createRevision) throw rpcError("LEASE_NOT_FOUND");
    return { key, lease: own, createRevision, header: now };
  }

  /** The key that is first, if any. */
  async first(
    name: Uint8Array,
    call: RpcCall,
  ): Promise<{ readonly kv: KeyValue | undefined; readonly header: ResponseHeader }> {
    const prefix = Buffer.concat([name, Buffer.from("/")]);
    this.#access.checkRead(this.#access.callerOf(call), prefix, endOf(prefix));
    const { kvs, header } = await this.#kv.range(
      { key: prefix, rangeEnd: endOf(prefix), sortTarget: "create", sortOrder: "ascend", limit: 1 },
      callOptions(call),
    );
    return { kv: kvs[0], header };
  }

  /** Resolves when the range has a change at `revision` or later, or the call is over. */
  async changed(
    key: Uint8Array,
    rangeEnd: Uint8Array | undefined,
    revision: number,
    call: RpcCall,
  ): Promise<void> {
    await this.#watchUntil(key, rangeEnd, revision, () => true, call);
  }

  async #waitForTurn(prefix: Buffer, createRevision: number, call: RpcCall): Promise<void> {
    for (;;) {
      const before = await this.#kv.range(
        {
          key: prefix,
          rangeEnd: endOf(prefix),
          sortTarget: "create",
          sortOrder: "descend",
          limit: 1,
          maxCreateRevision: createRevision - 1,
        },
        callOptions(call),
      );
      const [last] = before.kvs;
      if (!last) return;
      const start = before.header.revision + 1;
      await this.#watchUntil(last.key, undefined, start, (type) => type === "delete", call);
    }
  }

  #watchUntil(
    key: Uint8Array,
    rangeEnd: Uint8Array | undefined,
    startRevision: number,
    isWanted: (type: "put" | "delete") => boolean,
    call: RpcCall,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error) => {
        call.signal.removeEventListener("abort", aborted);
        watch.cancel();
        if (error) reject(error);
        else resolve();
      };
      const aborted = () => done(rpcError("CANCELLED"));
      const watch = this.#kv.watch(
        { key, ...(rangeEnd ? { rangeEnd } : {}), startRevision },
        {
          batch: ({ changes }) => {
            if (changes.some((change) => isWanted(change.type))) done();
          },
          closed: (error) => {
            // A range that was compacted meanwhile is looked at again.
            if ((error as { code?: string } | undefined)?.code === "COMPACTED") done();
            else done(error ?? rpcError("STOPPED"));
          },
        },
      );
      call.signal.addEventListener("abort", aborted);
      if (call.signal.aborted) aborted();
    });
  }
}

/** The end of the keys with a prefix; ours end with a slash. */
export function endOf(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]!++;
  return end;
}

function callOptions(call: RpcCall): CallOptions {
  return call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs };
}
