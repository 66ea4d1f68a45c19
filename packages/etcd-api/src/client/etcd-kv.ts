/**
 * The Kv port over an external etcd. Calls go to one member at a time, over one connection that also carries
 * the watches; what comes back is held until the watches of that connection have delivered as much.
 *
 * A read is made again on another endpoint where the first fails, within the time of the call; a write only
 * where it is certain that nothing was done. Deviation: Go's client spreads calls over all endpoints; the
 * order that Kv promises needs them to be where the watches are.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Clock, CodedError } from "@quorate/base";
import type * as kv from "@quorate/mvcc";
import type { MessageTypes } from "../generated/etcd-types.ts";
import type { Encodable, MessageName } from "../message-codec.ts";
import {
  deleteRangeMessage,
  deleteRangeResponse,
  putMessage,
  putResponse,
  rangeMessage,
  rangeResponse,
  responseHeader,
  txnMessage,
  txnResponse,
} from "./client-messages.ts";
import { type ClientMethod, METHODS } from "./client-methods.ts";
import type { EtcdConnection } from "./etcd-connection.ts";
import type { EtcdEndpoints } from "./etcd-endpoints.ts";
import { EtcdFailure } from "./etcd-failure.ts";
import { keepAliveOnce } from "./keep-alive-once.ts";
import { PendingWatch } from "./pending-watch.ts";
import { SharedBarrier } from "./shared-barrier.ts";

/** How calls are made. */
export interface EtcdKvOptions {
  readonly endpoints: EtcdEndpoints;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** What a barrier reads; it need not exist. */
  readonly barrierKey: Uint8Array;
}

/** Whether a call may be made again where its outcome is not known. */
type Repeat = "repeatable" | "once";

/** An attempt of a read gets this part of the call's time, so that another endpoint can be asked. */
const ATTEMPT_PART = 3;
const ATTEMPT_MS_MIN = 1_000;
/** Before a read is made again on a member that is between leaders. */
const AGAIN_MS = 50;
/** How long a watch waits for a connection before its owner is told. */
const WATCH_CONNECT_MS = 5_000;

/** Kv over the endpoints of an etcd; owns them. */
export class EtcdKv implements kv.Kv {
  readonly #options: EtcdKvOptions;
  readonly #endpoints: EtcdEndpoints;
  readonly #clock: Clock;
  readonly #barrier: SharedBarrier;
  readonly #pending = new Set<PendingWatch>();

  constructor(options: EtcdKvOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints;
    this.#clock = options.clock;
    this.#barrier = new SharedBarrier({
      clock: options.clock,
      requestTimeoutMs: options.requestTimeoutMs,
      read: () => this.#readBarrier(),
      overdue: () => options.endpoints.overdue(),
    });
  }

  async range(request: kv.RangeRequest, options?: kv.CallOptions): Promise<kv.RangeResponse> {
    return rangeResponse(await this.#call(METHODS.range, rangeMessage(request), "repeatable", options));
  }

  async put(request: kv.PutRequest, options?: kv.CallOptions): Promise<kv.PutResponse> {
    return putResponse(await this.#call(METHODS.put, putMessage(request), "once", options));
  }

  async deleteRange(
    request: kv.DeleteRangeRequest,
    options?: kv.CallOptions,
  ): Promise<kv.DeleteRangeResponse> {
    const message = deleteRangeMessage(request);
    return deleteRangeResponse(await this.#call(METHODS.deleteRange, message, "once", options));
  }

  async txn(request: kv.TxnRequest, options?: kv.CallOptions): Promise<kv.TxnResponse> {
    const repeat = isReadOnly(request) ? "repeatable" : "once";
    return txnResponse(await this.#call(METHODS.txn, txnMessage(request), repeat, options));
  }

  async compact(request: kv.CompactRequest, options?: kv.CallOptions): Promise<kv.ResponseHeader> {
    const message = { revision: request.revision, physical: request.physical ?? false };
    return responseHeader((await this.#call(METHODS.compact, message, "once", options)).header);
  }

  watch(request: kv.WatchRequest, sink: kv.WatchSink): kv.Watch {
    if (request.key.length === 0) throw new CodedError("EMPTY_KEY", "key is not provided");
    const connection = this.#endpoints.current;
    if (connection) return connection.watches.watch(request, sink);
    const pending = new PendingWatch(this.#endpoints.connection(WATCH_CONNECT_MS), request, sink);
    this.#pending.add(pending);
    void pending.settled.finally(() => this.#pending.delete(pending));
    return pending;
  }

  barrier(options: kv.CallOptions = {}): Promise<kv.Revision> {
    return this.#barrier.pass(options);
  }

  async leaseGrant(request: kv.LeaseGrantRequest, options?: kv.CallOptions): Promise<kv.LeaseStatus> {
    const message = { ID: request.id, TTL: request.ttlSeconds };
    const { ID, TTL } = await this.#call(METHODS.leaseGrant, message, "once", options);
    return { id: ID, ttlSeconds: TTL, grantedTtlSeconds: TTL, keys: [] };
  }

  async leaseRevoke(id: kv.LeaseId, options?: kv.CallOptions): Promise<kv.ResponseHeader> {
    return responseHeader((await this.#call(METHODS.leaseRevoke, { ID: id }, "once", options)).header);
  }

  async leaseKeepAlive(id: kv.LeaseId, options?: kv.CallOptions): Promise<number> {
    return this.#attempts(
      (connection, bounds) => keepAliveOnce(connection, id, { ...bounds, askedAt: this.#clock.now() }),
      "repeatable",
      options,
    );
  }

  async leaseTimeToLive(
    id: kv.LeaseId,
    withKeys: boolean,
    options?: kv.CallOptions,
  ): Promise<kv.LeaseStatus> {
    const message = { ID: id, keys: withKeys };
    const answer = await this.#call(METHODS.leaseTimeToLive, message, "repeatable", options);
    return { id, ttlSeconds: answer.TTL, grantedTtlSeconds: answer.grantedTTL, keys: answer.keys };
  }

  async leases(options?: kv.CallOptions): Promise<readonly kv.LeaseId[]> {
    return (await this.#call(METHODS.leases, {}, "repeatable", options)).leases.map((lease) => lease.ID);
  }

  async status(): Promise<kv.KvStatus> {
    const [status, list] = await this.#attempts(
      (connection, bounds) =>
        Promise.all([
          connection.unary(METHODS.status, {}, bounds),
          connection.unary(METHODS.memberList, { linearizable: false }, bounds),
        ]),
      "repeatable",
    );
    return {
      header: responseHeader(status.header),
      leader: status.leader,
      raftIndex: status.raftIndex,
      raftAppliedIndex: status.raftAppliedIndex,
      dbSizeBytes: status.dbSize,
      isLearner: status.isLearner,
      errors: status.errors,
      members: list.members.map((member) => ({
        id: member.ID,
        name: member.name,
        peerUrls: member.peerURLs,
        clientUrls: member.clientURLs,
        isLearner: member.isLearner,
      })),
    };
  }

  async close(): Promise<void> {
    this.#endpoints.close(new CodedError("STOPPED", "the client of the store is closed"));
  }

  async #readBarrier(): Promise<kv.Revision> {
    const { header } = await this.range({ key: this.#options.barrierKey, countOnly: true });
    return header.revision;
  }

  /** A call whose answer has a header: it comes behind the watches' changes up to the header's revision. */
  async #call<Request extends MessageName, Response extends MessageName>(
    method: ClientMethod<Request, Response>,
    message: Encodable<Request>,
    repeat: Repeat,
    options?: kv.CallOptions,
  ): Promise<MessageTypes[Response]> {
    return this.#attempts(
      async (connection, bounds) => {
        const { watches } = connection;
        const end = this.#clock.now() + bounds.timeoutMs;
        // Safety: a watch that was asked for before there was a connection is as open as any other.
        for (const pending of this.#pending) await pending.settled;
        const open = watches.now();
        if (open.length > 0) await watches.known(open, bounds.timeoutMs);
        const answer = await connection.unary(method, message, {
          ...bounds,
          timeoutMs: end - this.#clock.now(),
        });
        const revision = (answer as { header?: { revision: number } }).header?.revision ?? 0;
        if (open.length > 0) await watches.reached(open, revision, Math.max(1, end - this.#clock.now()));
        return answer;
      },
      repeat,
      options,
    );
  }

  async #attempts<Answer>(
    attempt: (connection: EtcdConnection, bounds: Bounds) => Promise<Answer>,
    repeat: Repeat,
    { timeoutMs = this.#options.requestTimeoutMs, signal }: kv.CallOptions = {},
  ): Promise<Answer> {
    const end = this.#clock.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      const connection = await this.#endpoints.connection(end - this.#clock.now(), signal);
      const left = end - this.#clock.now();
      const bounds = { timeoutMs: this.#attemptMs(left, repeat), ...(signal ? { signal } : {}) };
      try {
        return await attempt(connection, bounds);
      } catch (error) {
        if (!(error instanceof EtcdFailure)) throw error;
        if (error.isEndpointBad) this.#endpoints.leave(connection, error);
        const mayRepeat =
          error.outcome === "refused" || (error.outcome === "unknown" && repeat === "repeatable");
        if (!mayRepeat || this.#clock.now() + AGAIN_MS >= end) throw error;
        await pause(AGAIN_MS);
      }
    }
  }

  #attemptMs(left: number, repeat: Repeat): number {
    if (repeat === "once" || this.#endpoints.size === 1) return left;
    return Math.min(left, Math.max(ATTEMPT_MS_MIN, left / ATTEMPT_PART));
  }
}

interface Bounds {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

function isReadOnly(request: kv.TxnRequest): boolean {
  return [...request.success, ...request.failure].every(
    (op) => op.op === "range" || (op.op === "txn" && isReadOnly(op.request)),
  );
}
