/**
 * A loop that does its work at once and then again and again: after `intervalMs` where it went well, sooner
 * where it failed. One run at a time.
 */
import { type Clock, messageOf, type Timer } from "@quorate/base";
import type { Controller } from "./controller.ts";
import type { Log } from "./log.ts";

/** What is done, and how often. */
export interface PeriodicOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** Runs at its start and every `intervalMs` after; `stop` resolves once a run under way has ended. */
export class Periodic implements Controller {
  readonly name: string;
  readonly #options: PeriodicOptions;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = true;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: PeriodicOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#running = this.#running.then(() => this.#once());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #once(): Promise<void> {
    if (this.#isStopped) return;
    const { clock, log, intervalMs, run, name } = this.#options;
    let nextMs = intervalMs;
    try {
      await run();
      this.#pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      nextMs = Math.min(this.#pauseMs, intervalMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
      if (!this.#isStopped) log("warn", `${name} could not do its work yet`, { why: messageOf(error) });
    }
    if (this.#isStopped) return;
    this.#timer = clock.setTimer(nextMs, () => {
      this.#running = this.#once();
    });
  }
}
