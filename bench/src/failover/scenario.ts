/**
 * One scenario: a fresh cluster under steady load, a fault, recovery, and the verdict over everything that
 * was answered.
 */

import type { Percentiles } from "../statistics.ts";
import { configMapPath } from "../workloads/config-map.ts";
import { errorsByKind, type Gap, longestGap, type Verdict, verdictOf, watchDelay } from "./analysis.ts";
import { ClusterControl } from "./cluster-control.ts";
import type { Fault } from "./faults.ts";
import { nowMs, Probe } from "./probe.ts";

export interface Mark {
  readonly what: string;
  readonly atMs: number;
}

export interface ScenarioResult {
  readonly fault: string;
  readonly title: string;
  readonly keepsQuorum: boolean;
  readonly startedMs: number;
  readonly marks: readonly Mark[];
  readonly writeGap: Gap;
  readonly readGap: Gap;
  /** From the fault to all members ready. */
  readonly redundancyMs: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly watchBreaks: number;
  readonly watchOutageMs: number;
  readonly watchRelisted: boolean;
  readonly watchDelayMs: Percentiles;
  readonly verdict: Verdict;
  /** Members that list other names than the first one: must be empty. */
  readonly membersThatDiffer: readonly number[];
  /** Successful writes and reads in each tenth of a second from the start. */
  readonly writesPerBucket: readonly number[];
  readonly readsPerBucket: readonly number[];
}

const WARM_UP_MS = 2_000;
const COOL_DOWN_MS = 2_000;
const READY_LIMIT_MS = 60_000;
export const BUCKET_MS = 100;

function bucketsOf(probe: Probe, kind: "write" | "read", startedMs: number): number[] {
  const counts: number[] = [];
  for (const attempt of probe.attempts) {
    if (attempt.kind !== kind || attempt.outcome !== "ok") continue;
    const bucket = Math.floor((attempt.endedMs - startedMs) / BUCKET_MS);
    while (counts.length <= bucket) counts.push(0);
    counts[bucket]!++;
  }
  return counts;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function runScenario(fault: Fault, members = 3): Promise<ScenarioResult> {
  const cluster = await ClusterControl.start(members);
  try {
    const namespace = `failover-${fault.name}`;
    const { endpoints, credentials } = cluster.target;
    const probe = new Probe({ endpoints, credentials, namespace, writersPerMember: 4, readersPerMember: 2 });
    await probe.start();
    const startedMs = nowMs();
    await pause(WARM_UP_MS);
    const marks: Mark[] = [];
    await fault.inject(cluster, (what) => marks.push({ what, atMs: nowMs() }));
    const faultMs = marks[0]?.atMs ?? nowMs();
    await pause(200);
    await cluster.untilAllReady(READY_LIMIT_MS);
    const redundancyMs = nowMs() - faultMs;
    marks.push({ what: "all members ready", atMs: nowMs() });
    await pause(COOL_DOWN_MS);
    const endedMs = nowMs();
    await probe.stop();
    const names = await cluster.namesOnEveryMember(configMapPath(namespace));
    const first = names[0]!;
    return {
      fault: fault.name,
      title: fault.title,
      keepsQuorum: fault.keepsQuorum,
      startedMs,
      marks,
      writeGap: longestGap(probe.attempts, "write", faultMs - 500, endedMs),
      readGap: longestGap(probe.attempts, "read", faultMs - 500, endedMs),
      redundancyMs,
      errors: errorsByKind(probe.attempts),
      watchBreaks: probe.watchBreaks.length,
      watchOutageMs: Math.max(0, ...probe.watchBreaks.map((gap) => gap.restoredMs - gap.brokenMs)),
      watchRelisted: probe.watchRelisted,
      watchDelayMs: watchDelay(probe),
      verdict: verdictOf(probe, first),
      membersThatDiffer: names.flatMap((set, member) =>
        set.size === first.size && [...set].every((name) => first.has(name)) ? [] : [member + 1],
      ),
      writesPerBucket: bucketsOf(probe, "write", startedMs),
      readsPerBucket: bucketsOf(probe, "read", startedMs),
    };
  } finally {
    await cluster.stop();
  }
}
