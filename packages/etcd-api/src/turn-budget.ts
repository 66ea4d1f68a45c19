/**
 * Shares the event loop: work that takes long in one piece (a large range) is done in different turns when
 * there is more of it, so that heartbeats, watches and small calls get in between (decision 12).
 */

/** Bound: how long such work may take of one turn before the next piece waits for another. */
const TURN_MS = 8;

/** The budget of one surface. */
export class TurnBudget {
  #spentMs = 0;
  #isCounting = false;

  /** Whether the turn has had enough. */
  get isSpent(): boolean {
    return this.#spentMs >= TURN_MS;
  }

  /** Resolves in a turn that has time left. */
  async whenFree(): Promise<void> {
    while (this.isSpent) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Does a piece of work and counts what it takes. */
  spend<Result>(work: () => Result): Result {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.#spentMs += performance.now() - start;
      this.#count();
    }
  }

  #count(): void {
    if (this.#isCounting || !this.isSpent) return;
    this.#isCounting = true;
    // Behind what waits for this turn's end already, so that each of them gets a turn.
    setImmediate(() => {
      this.#isCounting = false;
      this.#spentMs = 0;
    });
  }
}
