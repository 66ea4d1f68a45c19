/** Counts durations in exponential buckets, as a metric shows them: cheap to feed, exact in sum and count. */

/** Upper bounds in milliseconds, etcd's buckets of `wal_fsync_duration_seconds`. */
export const DURATION_BUCKETS_MS: readonly number[] = Array.from({ length: 14 }, (_, i) => 2 ** i);

/** The counts of a histogram as a metric shows them. */
export interface DurationSummary {
  readonly count: number;
  readonly sumMs: number;
  /** Upper bounds of the buckets. */
  readonly boundsMs: readonly number[];
  /** Cumulative counts, one for each bound. */
  readonly buckets: readonly number[];
  /** Estimated from the buckets: their upper bounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Durations in buckets of their own. */
export class DurationHistogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sumMs = 0;

  constructor(boundsMs = DURATION_BUCKETS_MS) {
    this.#bounds = boundsMs;
    this.#counts = new Array<number>(boundsMs.length + 1).fill(0);
  }

  add(ms: number): void {
    this.#count++;
    this.#sumMs += ms;
    let bucket = 0;
    while (bucket < this.#bounds.length && ms > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
  }

  summary(): DurationSummary {
    let total = 0;
    const buckets = this.#bounds.map((_, i) => {
      total += this.#counts[i]!;
      return total;
    });
    const at = (share: number): number => {
      const found = buckets.findIndex((count) => count >= this.#count * share);
      return this.#count === 0 ? 0 : (this.#bounds[found] ?? Number.POSITIVE_INFINITY);
    };
    const boundsMs = this.#bounds;
    return { count: this.#count, sumMs: this.#sumMs, boundsMs, buckets, p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
