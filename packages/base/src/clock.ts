/**
 * The Clock port: the only way that pure packages and services learn the time. Durations come from `now`, which never
 * jumps; `wallMs` is for timestamps that people read. `SystemClock` is the real one, `ManualClock` its twin for tests.
 */

/** A timer that can be cancelled; cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; never goes back, unaffected by wall-clock jumps. */
  now(): number;
  /** Wall-clock milliseconds since the Unix epoch; may jump. */
  wallMs(): number;
  /** Calls `run` once, `delayMs` or more from now. A pending timer does not keep the process alive. */
  setTimer(delayMs: number, run: () => void): Timer;
}

/** The process's clock. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const handle = setTimeout(run, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  }
}

interface ManualTimer {
  at: number;
  order: number;
  run: () => void;
}

/** A clock that moves only when told to; timers fire in order of their time, then of their making. */
export class ManualClock implements Clock {
  #now = 0;
  #wallOffsetMs: number;
  #order = 0;
  readonly #timers = new Set<ManualTimer>();

  constructor(wallStartMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = wallStartMs;
  }

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#now;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** How many timers wait: what a test looks at instead of sleeping. */
  pendingTimers(): number {
    return this.#timers.size;
  }

  /** The time of the next timer, or undefined where none waits. */
  nextTimerAt(): number | undefined {
    let next: number | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next) next = timer.at;
    return next;
  }

  /** Moves the time on by `ms`, firing what falls due on the way, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      let due: ManualTimer | undefined;
      for (const timer of this.#timers) {
        if (timer.at > until) continue;
        if (!due || timer.at < due.at || (timer.at === due.at && timer.order < due.order)) due = timer;
      }
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = until;
  }

  /** Makes the wall clock jump; `now` is unaffected. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}
