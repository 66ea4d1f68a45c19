/**
 * What growth costs: reads and writes among many objects against few, lists by their bytes, fan-out by its
 * watchers, memory a stored object, and a start on all of it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Measurement, measure } from "../measure.ts";
import { usageOf } from "../process-tree.ts";
import type { Target } from "../target.ts";
import { warmUpCount } from "../workload.ts";
import { getWorkload } from "../workloads/index.ts";
import { type Experiment, type Finding, type Lab, settled } from "./experiment.ts";

const COST_RATIO_MAX = 1.3;
const START_SECONDS_MAX = 10;
const OBJECT_KIB_MAX = 3;
const FEW_OBJECTS = { smoke: 50, full: 1_000 };
const OPERATIONS = { smoke: 100, full: 10_000 };
const LIST_SIZES = { smoke: [50, 200], full: [1_000, 4_000, 16_000] };
const WATCHERS = { smoke: [5, 20], full: [10, 100, 1_000] };
/** In all, for each size that is compared. */
const EVENTS = 20_000;
const LISTED_OBJECTS = 160_000;

/** Runs a workload with an experiment's own numbers. */
function measureWith(
  lab: Lab,
  target: Target,
  name: string,
  parameters: Record<string, number>,
  namespace?: string,
): Promise<Measurement> {
  lab.note(`${name} with ${JSON.stringify(parameters)}`);
  const size = Object.values(parameters).join("-");
  return measure(target, getWorkload(name), {
    ...lab.options,
    round: 1,
    namespace: namespace ?? `growth-${name}-${size}`,
    parameters,
  });
}

const finding = (name: string, value: number, unit: string, most?: number): Finding => ({
  experiment: "growth",
  side: "quorate",
  name,
  value,
  unit,
  ...(most !== undefined && { most }),
});

/** The costliest over the cheapest. */
function spreadOf(costs: readonly number[]): number {
  return Math.max(...costs) / Math.min(...costs);
}

/** All that the experiment has written by its end. */
function storedObjects({ scale, size, options }: Lab): number {
  const operations = Math.ceil(OPERATIONS[size] * options.share);
  const listed = LIST_SIZES[size].reduce((sum, objects) => sum + objects, 0);
  return scale.objects + FEW_OBJECTS[size] + listed + 2 * (operations + warmUpCount(operations));
}

async function listsByBytes(lab: Lab, target: Target): Promise<Finding[]> {
  const costs: [objects: number, cpuMsPerMegabyte: number][] = [];
  for (const objects of LIST_SIZES[lab.size]) {
    const operations = lab.size === "smoke" ? 5 : Math.ceil((LISTED_OBJECTS * lab.options.share) / objects);
    const { serverCpuMsPerOperation, receivedBytesPerOperation } = await measureWith(lab, target, "list", {
      objects,
      operations,
    });
    costs.push([objects, serverCpuMsPerOperation / (receivedBytesPerOperation / 1e6)]);
  }
  const ratio = spreadOf(costs.map(([, cost]) => cost));
  return [
    ...costs.map(([objects, cost]) => finding(`list of ${objects}: server CPU`, cost, "ms/MB")),
    finding("list: costliest over cheapest megabyte", ratio, "x", COST_RATIO_MAX),
  ];
}

async function fanOutByWatchers(lab: Lab, target: Target): Promise<Finding[]> {
  const costs: [watchers: number, cpuMs: number][] = [];
  for (const watchers of WATCHERS[lab.size]) {
    const events = lab.size === "smoke" ? 10 : Math.ceil((EVENTS * lab.options.share) / watchers);
    const seen = await measureWith(lab, target, "watch-100", { watchers, events });
    costs.push([watchers, seen.serverCpuMsPerOperation]);
  }
  const [most] = costs.at(-1)!;
  const largest = costs.at(-1)![1];
  const middle = costs.at(-2)![1];
  return [
    ...costs.map(([watchers, cost]) => finding(`fan-out to ${watchers}: server CPU`, cost, "ms/event")),
    finding(
      `fan-out: an event at ${most} watchers over ten times fewer`,
      largest / middle,
      "x",
      COST_RATIO_MAX,
    ),
  ];
}

async function manyObjects(lab: Lab, target: Target): Promise<Finding[]> {
  const { objects } = lab.scale;
  const operations = Math.ceil(OPERATIONS[lab.size] * lab.options.share);
  const few = FEW_OBJECTS[lab.size];
  const fewGet = await measureWith(lab, target, "get", { objects: few, operations });
  const fewCreate = await measureWith(lab, target, "create", { objects: 0, operations });
  await settled(lab.size);
  const before = usageOf(target.pids).residentBytes;
  const namespace = "growth-many";
  const manyGet = await measureWith(lab, target, "get", { objects, operations }, namespace);
  await settled(lab.size);
  const objectKib = (usageOf(target.pids).residentBytes - before) / objects / 1024;
  const manyCreate = await measureWith(lab, target, "create", { objects: 0, operations }, namespace);
  const ratio = (name: string, many: Measurement, less: Measurement) =>
    finding(
      `${name}: server CPU among ${objects} objects over among ${few}`,
      many.serverCpuMsPerOperation / less.serverCpuMsPerOperation,
      "x",
      COST_RATIO_MAX,
    );
  return [
    ratio("get", manyGet, fewGet),
    ratio("create", manyCreate, fewCreate),
    finding("memory an object of 1 KiB as it is written, garbage and all", objectKib, "KiB"),
  ];
}

async function run(lab: Lab): Promise<Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-bench-growth-"));
  const findings: Finding[] = [];
  try {
    const choice = { side: "quorate", surface: "api", members: 1, directory } as const;
    const target = await lab.starter.start(choice);
    await settled(lab.size);
    const emptyBytes = usageOf(target.pids).residentBytes;
    try {
      findings.push(...(await listsByBytes(lab, target)));
      findings.push(...(await fanOutByWatchers(lab, target)));
      findings.push(...(await manyObjects(lab, target)));
    } finally {
      await target.stop();
    }
    lab.note("a start on all of it");
    const again = await lab.starter.start(choice);
    findings.push(
      finding(`start on ${lab.scale.objects} objects`, again.readySeconds, "s", START_SECONDS_MAX),
    );
    await settled(lab.size);
    const stored = storedObjects(lab);
    const objectKib = (usageOf(again.pids).residentBytes - emptyBytes) / stored / 1024;
    findings.push(finding(`memory a stored object of 1 KiB, of ${stored}`, objectKib, "KiB", OBJECT_KIB_MAX));
    await again.stop();
    return findings;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Growth of objects, lists and watchers. */
export const growth: Experiment = { name: "growth", title: "what growth costs", run };
