/**
 * Barriers of one event-loop turn share one linearizable read. A round begins after all who share it have
 * asked, never before: what was acknowledged before a caller asked is covered.
 */
import type { Clock } from "@quorate/base";
import type { CallOptions, Revision } from "@quorate/mvcc";

/** What a barrier is made of. */
export interface SharedBarrierOptions {
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** A linearizable read. */
  readonly read: () => Promise<Revision>;
  /** What a caller is told whose time is over. */
  readonly overdue: () => Error;
}

/** Barriers of one client. */
export class SharedBarrier {
  readonly #options: SharedBarrierOptions;
  #next: Promise<Revision> | undefined;

  constructor(options: SharedBarrierOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the revision read; rejects with what is overdue or the signal's reason where the caller
   * can't wait.
   */
  pass({ timeoutMs = this.#options.requestTimeoutMs, signal }: CallOptions): Promise<Revision> {
    const { clock, overdue } = this.#options;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const round = this.#join();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.cancel();
        signal?.removeEventListener("abort", abort);
        settle();
      };
      const abort = (): void => end(() => reject(signal!.reason as Error));
      const timer = clock.setTimer(timeoutMs, () => end(() => reject(overdue())));
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
        this.#options.read().then(resolve, reject);
      });
    });
    return this.#next;
  }
}
