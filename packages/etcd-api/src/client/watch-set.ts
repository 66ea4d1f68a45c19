/**
 * The watches of one connection, each on a stream of its own: what a stream says of its progress is then
 * about that watch alone, and one that reads the past holds up no other.
 */
import type { Clock } from "@quorate/base";
import type { Revision, Watch, WatchRequest, WatchSink } from "@quorate/mvcc";
import type { EtcdStream } from "./etcd-connection.ts";
import { EtcdFailure } from "./etcd-failure.ts";
import { WatchCall } from "./watch-call.ts";

/** A stream of etcd's watch rpc. */
export type WatchRpc = EtcdStream<"etcdserverpb.WatchRequest", "etcdserverpb.WatchResponse">;

/** What the watches of a connection need of it. */
export interface WatchSetOptions {
  readonly open: () => WatchRpc;
  /** Told when a stream failed in a way that makes the connection useless; it closes the set. */
  readonly failed: (failure: EtcdFailure) => void;
  readonly clock: Clock;
  readonly endpoint: string;
}

/** All watches of one connection. */
export class WatchSet {
  readonly #options: WatchSetOptions;
  readonly #calls = new Set<WatchCall>();
  #closed: Error | undefined;

  constructor(options: WatchSetOptions) {
    this.#options = options;
  }

  /** Starts a watch; the sink is not called within this call. */
  watch(request: WatchRequest, sink: WatchSink): Watch {
    if (this.#closed) {
      const reason = this.#closed;
      queueMicrotask(() => sink.closed(reason));
      return { cancel: () => {}, requestProgress: () => {} };
    }
    const call = new WatchCall(this.#options.open(), request, sink, {
      ...this.#options,
      ended: () => this.#calls.delete(call),
    });
    this.#calls.add(call);
    return call;
  }

  /** The watches that are open now: what an answer to a call made now has to wait for. */
  now(): readonly WatchCall[] {
    return this.#calls.size === 0 ? NONE : [...this.#calls];
  }

  /**
   * Resolves when the store knows all of `calls`, so that what is written from now on reaches them. One that
   * it does not know within `limitMs` is ended with UNAVAILABLE.
   */
  async known(calls: readonly WatchCall[], limitMs: number): Promise<void> {
    for (const call of calls) {
      if (call.isKnown) continue;
      const text = `the store did not start the watch in time (${this.#options.endpoint})`;
      const timer = this.#options.clock.setTimer(limitMs, () =>
        call.end(new EtcdFailure("UNAVAILABLE", text, "unknown", true)),
      );
      await call.known;
      timer.cancel();
    }
  }

  /**
   * Resolves when `calls` have delivered all up to `revision`. One that does not within `limitMs` is ended
   * instead, with UNAVAILABLE: its owner then knows that it has lost its place.
   */
  async reached(calls: readonly WatchCall[], revision: Revision, limitMs: number): Promise<void> {
    for (const call of calls) {
      if (call.hasReached(revision)) continue;
      const timer = this.#options.clock.setTimer(limitMs, () =>
        call.end(behind(this.#options.endpoint, revision)),
      );
      await call.reach(revision);
      timer.cancel();
    }
  }

  /** Ends all watches with `reason`; no more can be started. */
  close(reason: Error): void {
    this.#closed ??= reason;
    for (const call of this.#calls) call.end(reason);
  }
}

const NONE: readonly WatchCall[] = [];

function behind(endpoint: string, revision: Revision): EtcdFailure {
  const text = `the watch did not come as far as revision ${revision} in time (${endpoint})`;
  return new EtcdFailure("UNAVAILABLE", text, "unknown", true);
}
