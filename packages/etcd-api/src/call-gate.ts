/**
 * What every call passes before its handler, as in etcd's interceptors: a client's version must be text, a
 * learner serves little, and who asks for a leader (`hasleader: true`) is turned away, or cut off, while
 * there is none.
 */
import { isUtf8 } from "node:buffer";
import type { EtcdBackend } from "./etcd-backend.ts";
import type { RpcCall } from "./rpc-call.ts";
import { type RpcError, rpcError } from "./rpc-error.ts";

/** What a learner answers besides serializable ranges. */
const LEARNER_METHODS = new Set([
  "etcdserverpb.Maintenance/Status",
  "etcdserverpb.Maintenance/Snapshot",
  "grpc.health.v1.Health/Check",
  "grpc.health.v1.Health/Watch",
]);

const POLL_MS = 200;

/** The gate of one surface. */
export class CallGate {
  readonly #backend: EtcdBackend;
  readonly #leaderlessMs: number;
  readonly #cutters = new Set<(error: RpcError) => void>();
  #poll: NodeJS.Timeout | undefined;
  #leaderlessSince: number | undefined;

  /**
   * Streams that need a leader are cut when there was none for `leaderlessMs` (etcd: three election
   * timeouts).
   */
  constructor(backend: EtcdBackend, leaderlessMs: number) {
    this.#backend = backend;
    this.#leaderlessMs = leaderlessMs;
  }

  /** Throws where the call must not go on. */
  check(call: RpcCall, request: unknown): void {
    const version = call.header("client-api-version");
    if (version !== undefined && !isUtf8(Buffer.from(version, "latin1")))
      throw rpcError("INVALID_CLIENT_API_VERSION");
    if (this.#backend.isLearner() && !isServedByLearner(call.method, request)) {
      throw rpcError("NOT_SUPPORTED_FOR_LEARNER");
    }
    if (needsLeader(call) && !this.#backend.hasLeader()) throw rpcError("NO_LEADER");
  }

  /** Calls `cut` when the leader stays away, where the call asks for one; the answer ends the watch. */
  guard(call: RpcCall, cut: (error: RpcError) => void): () => void {
    if (!needsLeader(call)) return () => {};
    this.#cutters.add(cut);
    this.#poll ??= setInterval(() => this.#look(), POLL_MS).unref();
    return () => {
      this.#cutters.delete(cut);
      if (this.#cutters.size === 0) this.close();
    };
  }

  close(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#leaderlessSince = undefined;
  }

  #look(): void {
    if (this.#backend.hasLeader()) {
      this.#leaderlessSince = undefined;
      return;
    }
    const now = performance.now();
    this.#leaderlessSince ??= now;
    if (now - this.#leaderlessSince < this.#leaderlessMs) return;
    for (const cut of [...this.#cutters]) cut(rpcError("NO_LEADER"));
  }
}

function needsLeader(call: RpcCall): boolean {
  return call.header("hasleader") === "true";
}

function isServedByLearner(method: string, request: unknown): boolean {
  if (LEARNER_METHODS.has(method)) return true;
  return (
    method === "etcdserverpb.KV/Range" &&
    (request as { serializable?: boolean } | undefined)?.serializable === true
  );
}
