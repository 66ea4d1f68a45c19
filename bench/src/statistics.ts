/**
 * Exact percentiles over fixed work: every latency is kept (8 bytes each), none is sampled or bucketed.
 */

/** Latencies in milliseconds with the time at which each operation ended; grows by doubling. */
export class Samples {
  #latencies = new Float64Array(1024);
  #endedAt = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(latencyMs: number, endedAtMs: number): void {
    if (this.#length === this.#latencies.length) {
      this.#latencies = grown(this.#latencies);
      this.#endedAt = grown(this.#endedAt);
    }
    this.#latencies[this.#length] = latencyMs;
    this.#endedAt[this.#length++] = endedAtMs;
  }

  latencies(): Float64Array {
    return this.#latencies.subarray(0, this.#length);
  }

  endedAt(): Float64Array {
    return this.#endedAt.subarray(0, this.#length);
  }
}

function grown(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const next = new Float64Array(array.length * 2);
  next.set(array);
  return next;
}

/** Of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** The value below which `fraction` of the ascending `sorted` lies (nearest rank); 0 for an empty one. */
export function percentile(sorted: Float64Array, fraction: number): number {
  if (sorted.length === 0) return 0;
  const rank = Math.ceil(fraction * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))]!;
}

/** Sorts a copy. */
export function percentilesOf(values: Float64Array): Percentiles {
  const sorted = Float64Array.from(values).sort();
  return {
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
  };
}

/** How many of the moments `at` (ms) fall into each bucket of `bucketMs` from `startMs` on. */
export function perBucket(at: Float64Array, startMs: number, bucketMs: number): number[] {
  const counts: number[] = [];
  for (const moment of at) {
    const bucket = Math.max(0, Math.floor((moment - startMs) / bucketMs));
    while (counts.length <= bucket) counts.push(0);
    counts[bucket]!++;
  }
  return counts;
}

/** The middle value (the lower one of two); 0 for none. */
export function median(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}

/** All values of several arrays in one. */
export function joined(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
