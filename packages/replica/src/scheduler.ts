/**
 * The Scheduler port: "after what is being done now". Production uses the event loop's next turn, a simulator
 * its own.
 */

/** Turns of an event loop, real or simulated. */
export interface Scheduler {
  /** Calls `run` once, later in this turn of the event loop or in the next; calls keep their order. */
  soon(run: () => void): void;
}

const PAUSE_MS = 1;

/**
 * After a millisecond: for what nobody waits for, so that a busy sender does not wake each of many receivers
 * with every turn.
 */
export const pausedScheduler: Scheduler = {
  soon: (run) => {
    setTimeout(run, PAUSE_MS);
  },
};

/** Behind the events of this turn, so that what they ask for is done together. */
export const turnScheduler: Scheduler = {
  soon: (run) => {
    setImmediate(run);
  },
};
