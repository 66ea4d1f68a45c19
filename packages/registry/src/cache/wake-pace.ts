/**
 * When waiters are woken: at once where nothing was going on, later while waking takes much time. What comes
 * in the meantime goes out together, as one write to each watcher in place of one an event; the more watchers
 * there are, the more that saves.
 *
 *   waking took 0.1 ms -> the next may come at once; took 1 ms -> not before 8 ms; took 5 ms -> 10 ms
 */
import type { Clock } from "@quorate/base";

/** The pause, in terms of the time that waking took. Behind each write follows as much again to send it. */
const PAUSE_FACTOR = 8;
/** Bound: what the pause adds to an event's way to a watcher. */
const PAUSE_MS_MAX = 10;
/** Shorter ones are not worth a timer. */
const PAUSE_MS_MIN = 1;

/** Says when the next round of waking begins. */
export class WakePace {
  readonly #clock: Clock;
  #notBefore = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `round` when the pause behind the last round is over, never before the next turn. */
  schedule(round: () => void): void {
    const pause = this.#notBefore - this.#clock.now();
    if (pause < PAUSE_MS_MIN) setImmediate(round);
    else this.#clock.setTimer(pause, round);
  }

  /** A round that began at `startMs` has ended. */
  ended(startMs: number): void {
    const now = this.#clock.now();
    this.#notBefore = now + Math.min(PAUSE_MS_MAX, (now - startMs) * PAUSE_FACTOR);
  }

  now(): number {
    return this.#clock.now();
  }
}
