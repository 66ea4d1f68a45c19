/**
 * Knows every open watch: asks each for a bookmark once a minute and once more shortly before its end, ends
 * those whose time is over, and all of them when the server stops. One timer for all.
 */
import type { Clock, Timer } from "@quorate/base";

const TICK_MS = 250;
const BOOKMARK_EVERY_MS = 60_000;
/** The last bookmark comes this long before the end, so that it is sure to arrive. */
const LAST_BOOKMARK_MS = 2_000;

/** A watch as the tracker sees it. */
export interface TrackedWatch {
  requestBookmark(): void;
  /** Closes the stream in good order: clients watch again from where they are. */
  end(): void;
}

interface Entry {
  readonly watch: TrackedWatch;
  readonly endsAt: number;
  bookmarkAt: number;
}

/** All open watches of a server. */
export class WatchTracker {
  readonly #clock: Clock;
  readonly #entries = new Map<TrackedWatch, Entry>();
  #tick: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** `lifeMs` from now the watch is ended. */
  add(watch: TrackedWatch, lifeMs: number): void {
    if (this.#isClosed) {
      watch.end();
      return;
    }
    const endsAt = this.#clock.now() + lifeMs;
    this.#entries.set(watch, { watch, endsAt, bookmarkAt: this.#nextBookmark(endsAt) });
    this.#tick ??= this.#clock.setTimer(TICK_MS, this.#onTick);
  }

  remove(watch: TrackedWatch): void {
    this.#entries.delete(watch);
  }

  /** Ends all, and every one that is added from now on. */
  close(): void {
    this.#isClosed = true;
    this.#tick?.cancel();
    for (const { watch } of [...this.#entries.values()]) watch.end();
    this.#entries.clear();
  }

  readonly #onTick = (): void => {
    this.#tick = undefined;
    const now = this.#clock.now();
    for (const entry of this.#entries.values()) {
      if (now >= entry.endsAt) {
        this.#entries.delete(entry.watch);
        entry.watch.end();
      } else if (now >= entry.bookmarkAt) {
        entry.watch.requestBookmark();
        entry.bookmarkAt = this.#nextBookmark(entry.endsAt);
      }
    }
    if (this.#entries.size > 0) this.#tick = this.#clock.setTimer(TICK_MS, this.#onTick);
  };

  #nextBookmark(endsAt: number): number {
    const now = this.#clock.now();
    const last = endsAt - LAST_BOOKMARK_MS;
    if (now + BOOKMARK_EVERY_MS < last) return now + BOOKMARK_EVERY_MS;
    return last > now ? last : Number.POSITIVE_INFINITY;
  }
}
