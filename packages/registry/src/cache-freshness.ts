/**
 * How recent a cache must be before it may answer. Reads that want the newest share a barrier: all that come
 * while one is under way join the next, so that under load a round between the threads serves many reads. A
 * barrier is asked for after all that join it have come, so it covers whatever was acknowledged before any of
 * them.
 */
import type { Clock } from "@quorate/base";
import { serviceUnavailable, tooLargeResourceVersion } from "@quorate/object";
import type { ChangeFeed } from "./cache/change-feed.ts";
import { statusOfKvError } from "./kv-status.ts";

/** How long a read waits for a resourceVersion that the cache has not reached; as the reference. */
const REACH_MS = 3_000;
/** Bound: how long reads wait for a round under way, which may be held up, before they begin their own. */
const JOIN_MS = 2;

/** Makes reads wait until the caches are recent enough. */
export class CacheFreshness {
  readonly #feed: ChangeFeed;
  readonly #clock: Clock;
  readonly #limitMs: number;
  #joining: Promise<number> | undefined;
  /** Begins the round that reads are joining; there while it waits for the one under way. */
  #begin: (() => void) | undefined;
  #roundsUnderWay = 0;

  constructor(feed: ChangeFeed, clock: Clock, limitMs: number) {
    this.#feed = feed;
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /**
   * Resolves when the caches hold everything acknowledged before the call; throws 503 or 504 where that can't
   * be had.
   */
  latest(): Promise<number> {
    this.#joining ??= this.#roundsUnderWay > 0 ? this.#roundAfterThis() : this.#roundOfThisTurn();
    return this.#joining;
  }

  /** Resolves when the caches hold `revision`; throws the reference's 504 where they don't in time. */
  async notOlderThan(revision: number): Promise<void> {
    const feed = this.#feed;
    if (feed.revision >= revision) return;
    // The store may be further than the last change that the caches have seen: asking is enough to know.
    this.latest().catch(() => undefined);
    if (await feed.reach(revision, REACH_MS)) return;
    throw tooLargeResourceVersion(revision, feed.revision);
  }

  #roundOfThisTurn(): Promise<number> {
    return new Promise((resolve, reject) => {
      setImmediate(() => this.#round().then(resolve, reject));
    });
  }

  #roundAfterThis(): Promise<number> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        if (this.#begin !== begin) return;
        this.#begin = undefined;
        patience.cancel();
        this.#round().then(resolve, reject);
      };
      const patience = this.#clock.setTimer(JOIN_MS, begin);
      this.#begin = begin;
    });
  }

  async #round(): Promise<number> {
    this.#joining = undefined;
    this.#roundsUnderWay++;
    try {
      return await this.#catchUp();
    } catch (error) {
      throw statusOfKvError(error);
    } finally {
      this.#roundsUnderWay--;
      this.#begin?.();
    }
  }

  #catchUp(): Promise<number> {
    const limitMs = this.#limitMs;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(limitMs, () => {
        reject(serviceUnavailable("the watch cache has not caught up with the store in time"));
      });
      const done = this.#feed.catchUp(limitMs);
      done.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
