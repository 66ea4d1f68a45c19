/**
 * What more processes for the API give (`--api-workers`): requests a second and CPU an operation, from one
 * process up to as many as the machine has cores, in turn. The clients need cores too: where they have none
 * left, the curve is theirs.
 */
import { availableParallelism } from "node:os";
import { type Measurement, measure } from "../measure.ts";
import { usageOf } from "../process-tree.ts";
import { median } from "../statistics.ts";
import { startQuorate } from "../targets/quorate-target.ts";
import { getWorkload } from "../workloads/index.ts";
import { type Experiment, type Finding, type Lab, settled } from "./experiment.ts";

const OPERATIONS = { smoke: 100, full: 20_000 };
const OBJECTS = { smoke: 50, full: 1_000 };
const WORKERS_MAX = 16;

interface Seen {
  readonly idleBytes: number;
  readonly get: Measurement;
  readonly create: Measurement;
}

/** Powers of two, up to the cores; two in any case. */
function workerCounts(lab: Lab): number[] {
  if (lab.size === "smoke") return [2];
  const most = Math.min(Math.max(2, availableParallelism()), WORKERS_MAX);
  return Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, power) => 2 ** power);
}

async function seenWith(lab: Lab, workers: number, round: number): Promise<Seen> {
  lab.note(`${workers} processes for the API`);
  const target = await startQuorate({ members: 1, extraArgs: [`--api-workers=${workers}`] });
  const run = (name: string, objects: number) =>
    measure(target, getWorkload(name), {
      ...lab.options,
      round,
      namespace: `workers-${name}`,
      parameters: { objects, operations: Math.ceil(OPERATIONS[lab.size] * lab.options.share) },
    });
  try {
    await settled(lab.size);
    const idleBytes = usageOf(target.pids).residentBytes;
    return { idleBytes, get: await run("get", OBJECTS[lab.size]), create: await run("create", 0) };
  } finally {
    await target.stop();
  }
}

function findingsOf(workers: number, seen: readonly Seen[]): Finding[] {
  const found = (name: string, unit: string, value: (one: Seen) => number): Finding => ({
    experiment: "workers",
    side: "quorate",
    name: `${workers} API ${workers === 1 ? "process" : "processes"}: ${name}`,
    value: median(seen.map(value)),
    unit,
  });
  return [
    found("get", "/s", ({ get }) => get.operationsPerSecond),
    found("get, server CPU", "ms", ({ get }) => get.serverCpuMsPerOperation),
    found("create", "/s", ({ create }) => create.operationsPerSecond),
    found("create, server CPU", "ms", ({ create }) => create.serverCpuMsPerOperation),
    found("memory when idle", "MB", ({ idleBytes }) => idleBytes / 1e6),
  ];
}

async function run(lab: Lab): Promise<Finding[]> {
  const counts = workerCounts(lab);
  const seen = new Map(counts.map((workers) => [workers, [] as Seen[]]));
  for (let round = 1; round <= lab.rounds; round++) {
    for (const workers of round % 2 ? counts : counts.toReversed()) {
      seen.get(workers)!.push(await seenWith(lab, workers, round));
    }
  }
  return counts.flatMap((workers) => findingsOf(workers, seen.get(workers)!));
}

/** The scaling curve of `--api-workers`. */
export const workers: Experiment = { name: "workers", title: "more processes for the API", run };
