/**
 * One scenario: a fresh cluster under steady load, a fault, recovery, and the verdict over everything that
 * was answered.
 */

import { pause } from "../pause.ts";
import type { Percentiles } from "../statistics.ts";
import type { Side } from "../target.ts";
import {
  errorsByKind,
  type Gap,
  isClean,
  longestGap,
  successesOf,
  type Verdict,
  verdictOf,
  watchDelay,
} from "./analysis.ts";
import { ApiProbeClient } from "./api-probe-client.ts";
import { FaultCluster, type FaultClusterOptions } from "./fault-cluster.ts";
import type { Fault } from "./faults.ts";
import { fillStore } from "./fill-store.ts";
import { type MemoryGrowth, MemoryWatch } from "./memory-growth.ts";
import { nowMs, Probe } from "./probe.ts";
import type { ProbeClient } from "./probe-client.ts";
import { StoreProbeClient } from "./store-probe-client.ts";
import { type Timeline, timelineOf } from "./timeline.ts";

/** A step of the fault or of the recovery. */
export interface MarkedMoment {
  readonly what: string;
  readonly atMs: number;
}

/** What a scenario showed. Moments are milliseconds since the Unix epoch. */
export interface ScenarioResult {
  readonly fault: string;
  readonly title: string;
  readonly program: string;
  readonly side: Side;
  readonly members: number;
  readonly startedMs: number;
  readonly marks: readonly MarkedMoment[];
  readonly writeGap: Gap;
  readonly readGap: Gap;
  /** Without an event at the watch, while writes were attempted. */
  readonly watchGap: Gap;
  /** From the fault to all members ready. */
  readonly redundancyMs: number;
  /**
   * Of the acknowledged writes that began between the fault and full redundancy: a member that is down or
   * joins answers nobody, which the errors tell.
   */
  readonly slowestWriteMs: number;
  /** By member. */
  readonly memory: readonly MemoryGrowth[];
  readonly errors: Readonly<Record<string, number>>;
  readonly watchBreaks: number;
  readonly watchRelisted: boolean;
  readonly watchDelayMs: Percentiles;
  readonly verdict: Verdict;
  /** Members that list other names than the first one: must be empty. */
  readonly membersThatDiffer: readonly number[];
  readonly timeline: Timeline;
}

/** How a scenario is run. */
export interface ScenarioOptions extends FaultClusterOptions {
  /** Time before the fault and after the recovery. */
  readonly calmMs: number;
}

const READY_LIMIT_MS = 90_000;
/** For each gigabyte that a member may have to be sent. */
const READY_LIMIT_MS_PER_GIGABYTE = 300_000;
const GIGABYTE = 2 ** 30;
const WRITERS_PER_MEMBER = 4;
const READERS_PER_MEMBER = 2;
/** The gap is looked for from a little before the fault on. */
const BEFORE_MS = 500;

async function clientsOf({ program, endpoints, credentials }: FaultCluster): Promise<ProbeClient[]> {
  const namespace = "failover";
  if (program.surface === "store") {
    return endpoints.map((endpoint) => new StoreProbeClient(endpoint, credentials, namespace));
  }
  const clients = endpoints.map((endpoint) => new ApiProbeClient(endpoint, credentials, namespace));
  await clients[0]!.prepare();
  return clients;
}

function differing(names: readonly Set<string>[]): number[] {
  const first = names[0]!;
  const isSame = (set: Set<string>) => set.size === first.size && [...set].every((name) => first.has(name));
  return names.flatMap((set, member) => (isSame(set) ? [] : [member + 1]));
}

/** Whether all promises were kept. */
export function passed(result: ScenarioResult): boolean {
  return isClean(result.verdict) && result.membersThatDiffer.length === 0;
}

function slowestWrite({ attempts }: Probe, fromMs: number, untilMs: number): number {
  return attempts
    .filter(({ kind, outcome }) => kind === "write" && outcome === "ok")
    .filter(({ startedMs }) => startedMs >= fromMs && startedMs <= untilMs)
    .reduce((slowest, { startedMs, endedMs }) => Math.max(slowest, endedMs - startedMs), 0);
}

async function observe(
  fault: Fault,
  cluster: FaultCluster,
  { calmMs, fillBytes }: ScenarioOptions,
): Promise<ScenarioResult> {
  const clients = await clientsOf(cluster);
  const probe = new Probe({
    clients,
    writersPerMember: WRITERS_PER_MEMBER,
    readersPerMember: READERS_PER_MEMBER,
  });
  try {
    const startedMs = nowMs();
    await probe.start();
    await pause(calmMs);
    const marks: MarkedMoment[] = [];
    const memory = new MemoryWatch(cluster);
    await fault.inject(cluster, (what) => marks.push({ what, atMs: nowMs() }));
    const faultMs = marks[0]!.atMs;
    await cluster.untilAllReady(READY_LIMIT_MS + (fillBytes / GIGABYTE) * READY_LIMIT_MS_PER_GIGABYTE);
    const readyMs = nowMs();
    const grown = memory.stop();
    marks.push({ what: "all ready", atMs: readyMs });
    await pause(calmMs);
    const endedMs = nowMs();
    await probe.stop();
    const names = await Promise.all(clients.map((client) => client.names()));
    const gap = (moments: readonly number[]) => longestGap(moments, faultMs - BEFORE_MS, endedMs);
    return {
      fault: fault.name,
      title: fault.title(cluster),
      program: cluster.program.title,
      side: cluster.program.side,
      members: clients.length,
      startedMs,
      marks,
      writeGap: gap(successesOf(probe, "write")),
      readGap: gap(successesOf(probe, "read")),
      watchGap: gap(probe.arrivals.map(({ atMs }) => atMs)),
      redundancyMs: readyMs - faultMs,
      slowestWriteMs: slowestWrite(probe, faultMs, readyMs),
      memory: grown,
      errors: errorsByKind(probe.attempts),
      watchBreaks: probe.watchBreaks.length,
      watchRelisted: probe.watchRelisted,
      watchDelayMs: watchDelay(probe),
      verdict: verdictOf(probe, names[0]!),
      membersThatDiffer: differing(names),
      timeline: timelineOf(probe, startedMs, endedMs),
    };
  } finally {
    for (const client of clients) client.close();
  }
}

/** Runs one fault on a fresh cluster. */
export async function runScenario(fault: Fault, options: ScenarioOptions): Promise<ScenarioResult> {
  const cluster = await FaultCluster.start(options);
  try {
    if (options.fillBytes > 0) await fillStore(cluster, options.fillBytes);
    return await observe(fault, cluster, options);
  } finally {
    await cluster.stop();
  }
}
