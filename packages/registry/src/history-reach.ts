/**
 * How far back the store's history reaches, as reads need to know it: the cache may have a state for longer,
 * but a client that goes on with an old list has to hear in the end that it is old, as the reference tells it
 * and whichever member it asks. The store is asked at most every 15 s: so often the reference looks.
 */
import { type Clock, hasCode } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";

const TRUSTED_MS = 15_000;

/** What one store still has. */
export class HistoryReach {
  readonly #kv: Kv;
  readonly #clock: Clock;
  /** Any key does: what counts is whether the revision can be read. */
  readonly #key: Uint8Array;
  /** The store had this revision when it was asked last. */
  #heldFrom = Number.POSITIVE_INFINITY;
  #askedMs = 0;
  /** Revisions up to here are gone for good. */
  #goneTo = 0;

  constructor(kv: Kv, clock: Clock, key: string) {
    this.#kv = kv;
    this.#clock = clock;
    this.#key = Buffer.from(key);
  }

  /** Whether a past revision can be read; what the store can't be asked for counts as held. */
  async holds(revision: number): Promise<boolean> {
    if (revision <= this.#goneTo) return false;
    const now = this.#clock.now();
    if (revision >= this.#heldFrom && now - this.#askedMs < TRUSTED_MS) return true;
    try {
      await this.#kv.range({ key: this.#key, revision, limit: 1, keysOnly: true, serializable: true });
    } catch (error) {
      if (!hasCode(error, "COMPACTED")) return true;
      this.#goneTo = Math.max(this.#goneTo, revision);
      return false;
    }
    this.#heldFrom = revision;
    this.#askedMs = now;
    return true;
  }
}
