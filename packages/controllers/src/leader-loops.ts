/**
 * Runs loops while this member leads, and only then. Comings and goings of leadership are carried out one by
 * one.
 */
import { messageOf } from "@quorate/base";
import type { Controller } from "./controller.ts";
import type { Leadership } from "./leadership.ts";
import type { Log } from "./log.ts";

/** Starts and stops the loops as leadership comes and goes; `stop` resolves once all have ended. */
export class LeaderLoops implements Controller {
  readonly name = "leader-loops";
  readonly #leadership: Leadership;
  readonly #loops: readonly Controller[];
  readonly #log: Log;
  #forget: (() => void) | undefined;
  #isRunning = false;
  #isStopped = true;
  #turn: Promise<void> = Promise.resolve();

  constructor(leadership: Leadership, loops: readonly Controller[], log: Log) {
    this.#leadership = leadership;
    this.#loops = loops;
    this.#log = log;
  }

  start(): void {
    this.#isStopped = false;
    this.#forget = this.#leadership.onChange(() => this.#follow());
    this.#follow();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forget?.();
    this.#follow();
    await this.#turn;
  }

  #follow(): void {
    this.#turn = this.#turn
      .then(() => this.#bringInLine())
      .catch((error: unknown) => {
        this.#log("error", "the leader's loops could not be started or stopped", { why: messageOf(error) });
      });
  }

  async #bringInLine(): Promise<void> {
    const shouldRun = !this.#isStopped && this.#leadership.isLeader;
    if (shouldRun === this.#isRunning) return;
    this.#isRunning = shouldRun;
    this.#log(
      "info",
      shouldRun ? "this member runs the controllers" : "this member runs no controllers any more",
    );
    if (shouldRun) for (const loop of this.#loops) loop.start();
    else await Promise.all(this.#loops.map((loop) => loop.stop()));
  }
}
