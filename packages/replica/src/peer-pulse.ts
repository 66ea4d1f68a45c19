/**
 * Whether the other end of a connection is still there. A cable that is pulled, or a machine that is gone,
 * closes nothing: what is sent waits in the kernel, which tries again after ever longer times, long after
 * the way is free. So both ends speak: one asks with every beat, the other answers.
 *
 * Beats are counted instead of time, so that a process that stood still itself finds the answers that came
 * meanwhile before it calls the other one dead.
 */
import type { Clock, Timer } from "@quorate/base";

/** Beats without an answer until the other end is given up. */
const MISSED_MAX = 4;

/** What beats, and what happens when nobody answers. */
export interface PeerPulseOptions {
  readonly clock: Clock;
  /** After so long without an answer the other end is given up, within a beat (a quarter of it). */
  readonly silenceMs: number;
  readonly ask: () => void;
  readonly silent: () => void;
}

/** The pulse of one connection, from its making to `stop`. */
export class PeerPulse {
  readonly #options: PeerPulseOptions;
  #missed = 0;
  #timer: Timer | undefined;

  constructor(options: PeerPulseOptions) {
    this.#options = options;
    this.#beat();
  }

  /** Whether an answer is overdue. */
  get isDoubtful(): boolean {
    return this.#missed > 1;
  }

  answered(): void {
    this.#missed = 0;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #beat(): void {
    const { clock, silenceMs, ask, silent } = this.#options;
    if (this.#missed >= MISSED_MAX) {
      silent();
      return;
    }
    this.#missed++;
    ask();
    this.#timer = clock.setTimer(silenceMs / MISSED_MAX, () => this.#beat());
  }
}
