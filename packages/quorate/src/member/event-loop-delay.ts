/**
 * How late this thread's event loop runs, as a metric. Node's own histogram; it begins anew whenever it is
 * read, so that a scrape shows the time since the one before, as prom-client's percentiles do.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

/** Measures from its making on. */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** Seconds beyond the timer's own resolution below which 99.9 % of the turns were, since the last call. */
  takeP999(): number {
    const late = this.#histogram.percentile(99.9) - RESOLUTION_MS * 1e6;
    this.#histogram.reset();
    return Math.max(0, late) / NANOSECONDS;
  }
}
