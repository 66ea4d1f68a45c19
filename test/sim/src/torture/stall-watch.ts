/** Notes when this process, and so the machine it runs on, had no time for a timer that was due. */
import type { Stall } from "./write-gaps.ts";

const PERIOD_MS = 10;
const NOTABLE_MS = 10;

/** Runs from its making to `stop`. */
export class StallWatch {
  readonly stalls: Stall[] = [];
  readonly #timer: NodeJS.Timeout;
  #dueAt = performance.now() + PERIOD_MS;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const at = performance.now();
    const ms = at - this.#dueAt;
    if (ms >= NOTABLE_MS) this.stalls.push({ at, ms });
    this.#dueAt = at + PERIOD_MS;
  }
}
