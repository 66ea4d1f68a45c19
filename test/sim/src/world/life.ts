/**
 * One life of a member's process, from its start to its end. Whatever the process waits for goes through
 * here: it never happens once the life has ended, and late while the process is stopped (SIGSTOP, a long
 * collection).
 */
import type { SimEvent, SimLoop } from "./sim-loop.ts";

/** One process. */
export class Life {
  readonly loop: SimLoop;
  #alive = true;
  #pausedUntil = 0;
  readonly #endings = new Set<() => void>();

  constructor(loop: SimLoop) {
    this.loop = loop;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.loop.now < this.#pausedUntil;
  }

  /** The process does nothing for a while. */
  pause(ms: number): void {
    this.#pausedUntil = this.loop.now + ms;
  }

  resume(): void {
    this.#pausedUntil = this.loop.now;
  }

  /** Calls `run` within the process, in `delayMs` at the earliest. */
  after(delayMs: number, run: () => void): SimEvent {
    let event: SimEvent;
    const fire = (): void => {
      if (!this.#alive) return;
      if (this.isPaused) event = this.loop.after(this.#pausedUntil - this.loop.now, fire);
      else run();
    };
    event = this.loop.after(delayMs, fire);
    return { cancel: () => event.cancel() };
  }

  /** Never resolves once the life has ended. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Calls `run` when the life ends; the returned function takes that back. */
  onEnd(run: () => void): () => void {
    this.#endings.add(run);
    return () => this.#endings.delete(run);
  }

  /** kill -9. */
  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const run of [...this.#endings]) run();
    this.#endings.clear();
  }
}
