/**
 * Counts what costs a client nothing and the server something: control frames, and streams that are opened
 * and reset at once. So many at once, then so many a second.
 */

/** How much is borne. */
export interface FloodLimit {
  readonly burst: number;
  /** A second. */
  readonly rate: number;
}

/** One count of one connection. */
export class FloodGuard {
  readonly #limit: FloodLimit;
  #left: number;
  #countedAt = performance.now();

  constructor(limit: FloodLimit) {
    this.#limit = limit;
    this.#left = limit.burst;
  }

  /** False where it is too much. */
  take(): boolean {
    if (--this.#left >= 0) return true;
    const now = performance.now();
    const { burst, rate } = this.#limit;
    this.#left = Math.min(burst, ((now - this.#countedAt) / 1000) * rate) - 1;
    this.#countedAt = now;
    return this.#left >= 0;
  }
}
