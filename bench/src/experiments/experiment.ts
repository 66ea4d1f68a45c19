/**
 * Experiments: questions that one workload's figures do not answer, such as what a thousand times more
 * objects change. Each starts what it needs, runs workloads on it, and comes back with findings, some of
 * which have a limit.
 */
import type { MeasureOptions } from "../measure.ts";
import { pause } from "../pause.ts";
import type { Side } from "../target.ts";
import type { TargetStarter } from "../targets/start-target.ts";
import type { Size } from "../workload.ts";

/** How large experiments are. */
export interface Scale {
  readonly objects: number;
  readonly lists: number;
  readonly listBytes: number;
}

/** By size of the run. */
export const SCALES: Readonly<Record<Size, Scale>> = {
  smoke: { objects: 1_000, lists: 4, listBytes: 2_000_000 },
  full: { objects: 200_000, lists: 32, listBytes: 100_000_000 },
};

/** One answer. */
export interface Finding {
  readonly experiment: string;
  readonly side: Side;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The target: no more than this. */
  readonly most?: number;
}

/** What an experiment works with. */
export interface Lab {
  readonly starter: TargetStarter;
  readonly size: Size;
  readonly scale: Scale;
  readonly rounds: number;
  /** For every measurement of it. */
  readonly options: Omit<MeasureOptions, "round">;
  /** Says what is going on. */
  note(line: string): void;
}

/** A named experiment. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  run(lab: Lab): Promise<Finding[]>;
}

/** Whether a finding is within its limit; true where it has none. */
export function isMet({ value, most }: Finding): boolean {
  return most === undefined || value <= most;
}

/** Resolves after so long: for figures of a server at rest. */
export function settled(size: Size): Promise<void> {
  return pause(size === "smoke" ? 300 : 5_000);
}
