/**
 * The Scheduler port: "after what is being done now". Production uses the event loop's next turn, a simulator
 * its own.
 */

/** Turns of an event loop, real or simulated. */
export interface Scheduler {
  /** Calls `run` once, later in this turn of the event loop or in the next; calls keep their order. */
  soon(run: () => void): void;
}

/** Behind the events of this turn, so that what they ask for is done together. */
export const turnScheduler: Scheduler = {
  soon: (run) => {
    setImmediate(run);
  },
};
