/** A member's clock: monotonic time that runs a little fast or slow, wall time that jumps. */
import type { Clock, Timer } from "@quorate/base";
import type { Life } from "./life.ts";

/** What is wrong with a machine's clock. */
export interface ClockFaults {
  /** Monotonic milliseconds per true one. */
  readonly rate: number;
  /** Where the monotonic clock began. */
  readonly offsetMs: number;
  /** How far the wall clock is off; changes at any time. */
  wallOffsetMs: number;
}

/** A Clock port over simulated time; its timers die with the process. */
export class SimClock implements Clock {
  readonly #life: Life;
  readonly #faults: ClockFaults;

  constructor(life: Life, faults: ClockFaults) {
    this.#life = life;
    this.#faults = faults;
  }

  now(): number {
    return this.#faults.offsetMs + this.#life.loop.now * this.#faults.rate;
  }

  wallMs(): number {
    return this.#faults.wallOffsetMs + this.#life.loop.now;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return this.#life.after(Math.max(0, delayMs) / this.#faults.rate, run);
  }
}
