/** The kinds of harm, and which of them are partitions. */

/** All kinds, as they are named on the command line. */
export const HARMS = [
  "kill-leader",
  "kill-one",
  "kill-all",
  "pause-leader",
  "pause-one",
  "isolate-leader",
  "isolate-follower",
  "split",
  "one-way",
  "cut-one-link",
  "slow-disk",
  "stall-disk",
  "replace",
] as const;

/** One kind. */
export type Harm = (typeof HARMS)[number];

/** Cuts between members, from the one that hurts most to the one that hurts least. */
export const PARTITIONS = ["isolate-leader", "isolate-follower", "split", "one-way", "cut-one-link"] as const;

/** What was done, and when, by `performance.now()`. */
export interface HarmDone {
  readonly harm: Harm;
  /** To whom, in words. */
  readonly victim: string;
  /** Whether the member that led was hurt. */
  readonly hitLeader: boolean;
  readonly at: number;
  /** When it was over: the process is started again, the links are healed. */
  readonly overAt: number;
}

/** Whether the harm needs disks that can be held back. */
export function needsDisks(harm: Harm): boolean {
  return harm === "slow-disk" || harm === "stall-disk";
}
