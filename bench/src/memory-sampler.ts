/** Watches the resident memory of process trees and keeps the most that it saw. */
import { usageOf } from "./process-tree.ts";

const PERIOD_MS = 200;

/** Samples until it is stopped. */
export class MemorySampler {
  readonly #pids: readonly number[];
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS);
  }

  /** The most so far, with a last look. */
  get peakBytes(): number {
    this.#sample();
    return this.#peakBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#peakBytes = Math.max(this.#peakBytes, usageOf(this.#pids).residentBytes);
  }
}
