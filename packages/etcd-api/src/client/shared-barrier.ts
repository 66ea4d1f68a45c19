/**
 * Barriers of one event-loop turn share one linearizable read. A round begins after all who share it have asked, never
 * before: what was acknowledged before a caller asked is covered.
 */
import type { Clock } from "@quorate/base";
import type { CallOptions, Revision } from "@quorate/mvcc";
import { EtcdFailure } from "./etcd-failure.ts";

export class SharedBarrier {
  readonly #clock: Clock;
  readonly #requestTimeoutMs: number;
  readonly #read: () => Promise<Revision>;
  #next: Promise<Revision> | undefined;

  constructor(clock: Clock, requestTimeoutMs: number, read: () => Promise<Revision>) {
    this.#clock = clock;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#read = read;
  }

  /** Resolves with the revision read; rejects with TIMEOUT or the signal's reason where the caller can't wait. */
  pass({ timeoutMs = this.#requestTimeoutMs, signal }: CallOptions): Promise<Revision> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const round = this.#join();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.cancel();
        signal?.removeEventListener("abort", abort);
        settle();
      };
      const abort = (): void => end(() => reject(signal!.reason as Error));
      const timer = this.#clock.setTimer(timeoutMs, () =>
        end(() => reject(new EtcdFailure("TIMEOUT", "the store did not answer in time", "unknown", false))),
      );
      signal?.addEventListener("abort", abort, { once: true });
      round.then(
        (revision) => end(() => resolve(revision)),
        (error: Error) => end(() => reject(error)),
      );
    });
  }

  #join(): Promise<Revision> {
    this.#next ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#next = undefined;
        this.#read().then(resolve, reject);
      });
    });
    return this.#next;
  }
}
