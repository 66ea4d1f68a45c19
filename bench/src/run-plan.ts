/**
 * What a run does, in order: for every surface and size of cluster the targets are started together, then
 * each workload is run on them in turn, round by round, so that what disturbs one run disturbs its neighbour
 * alike.
 */
import type { BenchOptions } from "./bench-options.ts";
import type { ClientPool } from "./client/client-pool.ts";
import { type Measurement, measure, UnsupportedError } from "./measure.ts";
import type { Surface, Target } from "./target.ts";
import type { TargetStarter } from "./targets/start-target.ts";
import { runsOn, type Workload } from "./workload.ts";

/** Workloads that share their targets. */
export interface Group {
  readonly surface: Surface;
  readonly members: number;
  readonly workloads: readonly Workload[];
}

/** Options with what the run works with. */
type RunOptions = BenchOptions & { readonly pool: ClientPool };

/** Why something was left out or failed. */
export interface Skipped {
  readonly what: string;
  readonly why: string;
  /** The target lacks the feature: no failure of the run. */
  readonly unsupported: boolean;
}

/** What a run is told of. */
export interface RunEvents {
  begins(what: string): void;
  measured(measurement: Measurement): void;
  skipped(skipped: Skipped): void;
}

const SURFACES: readonly Surface[] = ["api", "store", "embedded"];

/**
 * The groups of a run, the API first, small clusters first. The short form shows larger clusters by their
 * first workload alone, unless their size was asked for.
 */
export function groupsOf(options: Pick<BenchOptions, "workloads" | "members" | "surface" | "size">): Group[] {
  const { workloads, members: asked, surface: only, size } = options;
  const isShort = size === "smoke" && asked.length === 0;
  const sizes = new Set(asked.length ? asked : workloads.flatMap(({ members }) => members));
  return SURFACES.filter((surface) => only === undefined || surface === only).flatMap((surface) =>
    [...sizes]
      .sort((a, b) => a - b)
      .map((members) => ({
        surface,
        members,
        workloads: workloads
          .filter(
            (workload) =>
              runsOn(workload, surface) && (asked.length > 0 || workload.members.includes(members)),
          )
          .slice(0, isShort && members > 1 ? 1 : undefined),
      }))
      .filter((group) => group.workloads.length > 0),
  );
}

/** Steps of the progress bar. */
export function stepsOf(groups: readonly Group[], starter: TargetStarter, rounds: number): number {
  return groups.reduce(
    (sum, { surface, workloads }) => sum + workloads.length * rounds * starter.sidesOf(surface).length,
    0,
  );
}

async function runWorkload(
  workload: Workload,
  targets: readonly Target[],
  options: RunOptions,
  events: RunEvents,
): Promise<void> {
  for (let round = 1; round <= options.rounds; round++) {
    // Each side first in every other round: what one run leaves behind hits both alike.
    for (const target of round % 2 ? targets : targets.toReversed()) {
      const what = `${workload.name} on ${target.name}, ${target.surface}, ${target.members} member(s)`;
      events.begins(what);
      try {
        events.measured(await measure(target, workload, { ...options, round, seed: process.pid }));
      } catch (error) {
        const unsupported = error instanceof UnsupportedError;
        events.skipped({ what, why: (error as Error).message, unsupported });
      }
    }
  }
}

/** Starts a group's targets, runs its workloads, stops them. */
export async function runGroup(
  group: Group,
  starter: TargetStarter,
  options: RunOptions,
  events: RunEvents,
): Promise<void> {
  const { surface, members } = group;
  const targets: Target[] = [];
  try {
    for (const side of starter.sidesOf(surface)) {
      events.begins(`starting ${side}, ${surface}, ${members} member(s)`);
      const target = await starter.start({ side, surface, members }).catch((error: Error) => {
        const what = `all of ${side}, ${surface}, ${members} member(s)`;
        events.skipped({ what, why: error.message, unsupported: false });
      });
      if (target) targets.push(target);
    }
    for (const workload of group.workloads) await runWorkload(workload, targets, options, events);
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}
