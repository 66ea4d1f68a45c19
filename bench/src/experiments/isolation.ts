/**
 * Whether one client's behaviour is another's problem: a watcher that takes nothing, many large lists at
 * once; and whether the members' heartbeats stay on time under both.
 */
import { jobOf, type Measurement, type MeasureOptions, measure, runOn } from "../measure.ts";
import { MemorySampler } from "../memory-sampler.ts";
import { usageOf } from "../process-tree.ts";
import { Scrape } from "../scrape.ts";
import { median, percentilesOf } from "../statistics.ts";
import type { Target } from "../target.ts";
import { getWorkload } from "../workloads/index.ts";
import { type Experiment, type Finding, type Lab, settled } from "./experiment.ts";

const DELIVERY_RATIO_MAX = 1.05;
const GET_RATIO_MAX = 3;
const GROWTH_MB_MAX = 256;
const FAN_OUT = { smoke: { watchers: 5, events: 50 }, full: { watchers: 50, events: 4_000 } };
const COMPARISONS = { smoke: 1, full: 3 };
const FLOOD_SECONDS = { smoke: 1, full: 20 };
const MEGABYTE = 1_000_000;

type Say = (name: string, value: number, unit: string, most?: number) => void;

/** Fan-out with a watcher beside it that takes nothing until it is over. */
async function besidePaused(target: Target, options: MeasureOptions) {
  const job = jobOf(target, getWorkload("paused-watch"), options);
  let seen: Measurement | undefined;
  const [paused] = await runOn(target, options.pool, [job], async () => {
    seen = await measure(target, getWorkload("watch-100"), options);
  });
  return { seen: seen!, facts: paused!.facts };
}

async function pausedWatcher(lab: Lab, target: Target, say: Say): Promise<void> {
  const ratios: number[] = [];
  let missing = 0;
  let relists = 0;
  for (let round = 1; round <= COMPARISONS[lab.size]; round++) {
    lab.note(`a paused watcher, comparison ${round}`);
    const { watchers, events } = FAN_OUT[lab.size];
    const parameters = { watchers, events: Math.ceil(events * lab.options.share) };
    const options = { ...lab.options, round, parameters };
    const alone = await measure(target, getWorkload("watch-100"), {
      ...options,
      namespace: `isolation-alone-${round}`,
    });
    const namespace = `isolation-paused-${round}`;
    // The namespace has to be there before the paused watcher looks at it.
    const prepare = {
      ...jobOf(target, getWorkload("watch-100"), { ...options, namespace }),
      phase: "prepare" as const,
    };
    await runOn(target, lab.options.pool, [prepare]);
    const beside = await besidePaused(target, { ...options, namespace });
    ratios.push(beside.seen.latencyMs.p99 / alone.latencyMs.p99);
    missing += parameters.events - (beside.facts["received"] ?? 0);
    relists += beside.facts["relists"] ?? 0;
  }
  say(
    "paused watcher: the others' p99 delivery with it over without it",
    median(ratios),
    "x",
    DELIVERY_RATIO_MAX,
  );
  say("paused watcher: events it misses after it goes on", missing, "events", 0);
  say("paused watcher: new lists it needs", relists, "lists", 0);
}

async function largeLists(lab: Lab, target: Target, say: Say): Promise<void> {
  const { lists, listBytes } = lab.scale;
  const objects = Math.max(1, Math.round(listBytes / MEGABYTE));
  const seconds = FLOOD_SECONDS[lab.size];
  const get = jobOf(target, getWorkload("steady-get"), {
    ...lab.options,
    round: 1,
    namespace: "isolation-get",
    parameters: { seconds },
  });
  const flood = jobOf(target, getWorkload("list-flood"), {
    ...lab.options,
    round: 1,
    namespace: "isolation-lists",
    parameters: { seconds, objects, lists },
  });
  lab.note(`preparing lists of ${(objects * MEGABYTE) / 1e6} MB`);
  await runOn(target, lab.options.pool, [{ ...get, phase: "prepare" }]);
  await runOn(target, lab.options.pool, [{ ...flood, phase: "prepare" }]);
  lab.note("gets alone");
  const [alone] = await runOn(target, lab.options.pool, [get]);
  await settled(lab.size);
  const before = usageOf(target.pids).residentBytes;
  const sampler = new MemorySampler(target.pids);
  lab.note(`${lists} lists at a time beside the gets`);
  const [beside, flooded] = await runOn(target, lab.options.pool, [get, flood]);
  sampler.stop();
  const p99 = percentilesOf(beside!.latencies).p99;
  say("large lists: answered", flooded!.latencies.length, "lists");
  say("large lists: a get's p99 beside them", p99, "ms");
  say(
    "large lists: a get's p99 with them over without",
    p99 / percentilesOf(alone!.latencies).p99,
    "x",
    GET_RATIO_MAX,
  );
  say("large lists: growth of the memory", (sampler.peakBytes - before) / 1e6, "MB", GROWTH_MB_MAX);
  const refused = Object.values(flooded!.errors).reduce((sum, count) => sum + count, 0);
  say("large lists: refused or broken", refused, "lists");
}

async function isolate(lab: Lab, target: Target): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say: Say = (name, value, unit, most) =>
    findings.push({
      experiment: "isolation",
      side: target.name,
      name,
      value,
      unit,
      ...(most !== undefined && { most }),
    });
  const before = await Scrape.take(target.metricsUrls, target.credentials);
  await pausedWatcher(lab, target, say);
  await largeLists(lab, target, say);
  const after = await Scrape.take(target.metricsUrls, target.credentials);
  for (const [metric, name] of [
    ["etcd_server_leader_changes_seen_total", "leader changes meanwhile"],
    ["etcd_server_heartbeat_send_failures_total", "heartbeats late meanwhile"],
  ] as const) {
    const [first, last] = [before.sum(metric), after.sum(metric)];
    if (first !== undefined && last !== undefined) say(name, last - first, "", 0);
  }
  return findings;
}

async function run(lab: Lab): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const side of lab.starter.sidesOf("api")) {
    const target = await lab.starter.start({ side, surface: "api", members: lab.size === "smoke" ? 1 : 3 });
    try {
      findings.push(...(await isolate(lab, target)));
    } finally {
      await target.stop();
    }
  }
  return findings;
}

/** A paused watcher and large lists beside other clients, three members. */
export const isolation: Experiment = {
  name: "isolation",
  title: "one client's behaviour is not another's problem",
  run,
};
