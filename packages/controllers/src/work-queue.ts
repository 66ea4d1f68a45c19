/**
 * Keys that wait for work, each once however often it was added: a key that is added while it is worked on is
 * worked on again afterwards. What fails comes back after a pause that grows with every failure in a row.
 * Bound: `concurrency` keys at a time; the queue holds no key twice.
 *
 *   add(a) add(b) add(a)   ->  run(a) run(b)
 *   run(a) ... add(a) ...  ->  run(a) again once the first has ended
 */
import { type Clock, messageOf, type Timer } from "@quorate/base";

/** The work, and how failures are paced. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  /** The work. A number asks to be called again after so many milliseconds. */
  readonly run: (key: string) => Promise<number | undefined>;
  /** Told of every failure; the key comes back by itself. */
  readonly failed: (key: string, message: string) => void;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;
/** Bound: work that is done at once (from a cache) would otherwise keep everything else waiting. */
const STARTS_A_TURN = 50;

/** One run a key at a time; `stop` resolves once none is under way. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  readonly #failures = new Map<string, number>();
  /** Runs that may still begin in this turn of the event loop. */
  #startsLeft = STARTS_A_TURN;
  #isTurnCounted = false;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Asks for work on the key as soon as there is room. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#fill();
  }

  /** Asks for work after `delayMs`; an earlier request for the same key stands. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || this.#timers.has(key) || this.#waiting.has(key)) return;
    this.#timers.set(
      key,
      this.#options.clock.setTimer(delayMs, () => this.add(key)),
    );
  }

  /** How many keys wait, run or are due later. */
  get size(): number {
    return this.#waiting.size + this.#running.size + this.#timers.size;
  }

  /** Begins nothing more and resolves once what runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  #fill(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency || this.#startsLeft === 0) return;
      this.#startsLeft--;
      this.#countTurn();
      this.#waiting.delete(key);
      this.#running.set(key, this.#work(key));
    }
  }

  #countTurn(): void {
    if (this.#isTurnCounted) return;
    this.#isTurnCounted = true;
    setImmediate(() => {
      this.#isTurnCounted = false;
      this.#startsLeft = STARTS_A_TURN;
      this.#fill();
    });
  }

  async #work(key: string): Promise<void> {
    let pauseMs: number | undefined;
    try {
      pauseMs = await this.#options.run(key);
      this.#failures.delete(key);
    } catch (error) {
      pauseMs = this.#pauseAfterFailure(key);
      if (!this.#stopped) this.#options.failed(key, messageOf(error));
    }
    this.#running.delete(key);
    if (this.#stopped) return;
    if (this.#again.delete(key)) this.#waiting.add(key);
    else if (pauseMs !== undefined) this.addAfter(key, pauseMs);
    this.#fill();
  }

  #pauseAfterFailure(key: string): number {
    const { firstPauseMs = FIRST_PAUSE_MS, longestPauseMs = LONGEST_PAUSE_MS } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.min(firstPauseMs * 2 ** Math.min(failures, 30), longestPauseMs);
  }
}
