/**
 * What a probe's record says: gaps, errors by kind, and whether anything acknowledged was lost or seen twice.
 */
import { percentilesOf } from "../statistics.ts";
import type { Attempt, ProbeRecord } from "./probe.ts";

/** A stretch of time without something. */
export interface Gap {
  readonly ms: number;
  readonly fromMs: number;
}

/** The longest stretch within [fromMs, untilMs] without any of the moments `at`. */
export function longestGap(at: readonly number[], fromMs: number, untilMs: number): Gap {
  const within = at.filter((moment) => moment >= fromMs && moment <= untilMs).sort((a, b) => a - b);
  let longest: Gap = { ms: 0, fromMs };
  let last = fromMs;
  for (const moment of [...within, untilMs]) {
    if (moment - last > longest.ms) longest = { ms: moment - last, fromMs: last };
    last = moment;
  }
  return longest;
}

/** When attempts of a kind succeeded, over all members together. */
export function successesOf({ attempts }: ProbeRecord, kind: Attempt["kind"]): number[] {
  return attempts
    .filter((attempt) => attempt.kind === kind && attempt.outcome === "ok")
    .map(({ endedMs }) => endedMs);
}

/** Whether promises were kept; every list must be empty. */
export interface Verdict {
  readonly acknowledged: number;
  /** Acknowledged and absent afterwards. */
  readonly lost: readonly string[];
  /** Refused with a definite answer and present all the same. */
  readonly ghosts: readonly string[];
  /** Present and never delivered to the watch. */
  readonly missedByWatch: readonly string[];
  /** Delivered to the watch more than once. */
  readonly deliveredTwice: readonly string[];
}

/** `present`: the names that the members list at the end. */
export function verdictOf(record: ProbeRecord, present: ReadonlySet<string>): Verdict {
  const writes = record.attempts.filter(({ kind }) => kind === "write");
  const acknowledged = writes.filter(({ outcome }) => outcome === "ok").map(({ name }) => name);
  const seen = new Map<string, number>();
  for (const { name } of record.arrivals) seen.set(name, (seen.get(name) ?? 0) + 1);
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((name) => !present.has(name)),
    ghosts: writes
      .filter(({ outcome, name }) => outcome === "refused" && present.has(name))
      .map(({ name }) => name),
    missedByWatch: [...present].filter((name) => name.startsWith("w-") && !seen.has(name)),
    deliveredTwice: [...seen].filter(([, count]) => count > 1).map(([name]) => name),
  };
}

/** Whether a verdict has nothing to complain of. */
export function isClean(verdict: Verdict): boolean {
  return [verdict.lost, verdict.ghosts, verdict.missedByWatch, verdict.deliveredTwice].every(
    (list) => list.length === 0,
  );
}

/** Failed attempts by kind and outcome. */
export function errorsByKind(attempts: readonly Attempt[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const attempt of attempts) {
    if (attempt.outcome === "ok") continue;
    const kind = `${attempt.kind}: ${attempt.outcome}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Percentiles of the time between a write's start and its arrival at the watch. */
export function watchDelay(record: ProbeRecord) {
  const started = new Map(record.attempts.map((attempt) => [attempt.name, attempt.startedMs]));
  const delays = record.arrivals
    .map(({ name, atMs }) => atMs - (started.get(name) ?? Number.NaN))
    .filter((delay) => Number.isFinite(delay));
  return percentilesOf(Float64Array.from(delays));
}
