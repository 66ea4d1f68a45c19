/**
 * For loops whose objects are few and all of which may concern each other: any change of the resources that
 * are followed starts one pass over everything, and a burst of changes only one.
 */
import type { ResourceStore } from "@quorate/registry";
import type { ControllerContext } from "./controller.ts";
import { ObjectFollower } from "./object-follower.ts";
import { WorkQueue } from "./work-queue.ts";

/** One key stands for all. */
const ALL = "all";
/** Changes come in bursts, at a start above all. */
const BURST_MS = 50;

/** What is followed, and what a pass does. */
export interface OnePassOptions {
  readonly stores: readonly ResourceStore[];
  /** Where it rejects it is tried again. */
  readonly sync: () => Promise<undefined>;
  /** Logged where a pass fails. */
  readonly failure: string;
}

/** Follows while it runs. */
export class OnePass {
  readonly #queue: WorkQueue;
  readonly #followers: readonly ObjectFollower[];

  constructor({ clock, log }: ControllerContext, { stores, sync, failure }: OnePassOptions) {
    const queue = new WorkQueue({
      clock,
      concurrency: 1,
      run: sync,
      failed: (_key, why) => log("warn", failure, { why }),
    });
    this.#queue = queue;
    const due = () => queue.addAfter(ALL, BURST_MS);
    this.#followers = stores.map(
      (store) => new ObjectFollower({ store, clock, log }, { seen: due, gone: due, restarted: due }),
    );
  }

  start(): void {
    for (const follower of this.#followers) follower.start();
  }

  async stop(): Promise<void> {
    for (const follower of this.#followers) follower.stop();
    await this.#queue.stop();
  }
}
