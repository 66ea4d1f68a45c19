/**
 * What a probe's record says: gaps, errors by kind, and whether anything acknowledged was lost or seen twice.
 */
import { percentilesOf } from "../statistics.ts";
import type { Attempt, Probe } from "./probe.ts";

export interface Gap {
  readonly ms: number;
  readonly fromMs: number;
}

/**
 * The longest time within [fromMs, untilMs] in which no attempt of `kind` succeeded, over all members
 * together.
 */
export function longestGap(
  attempts: readonly Attempt[],
  kind: Attempt["kind"],
  fromMs: number,
  untilMs: number,
): Gap {
  const ends = attempts
    .filter((attempt) => attempt.kind === kind && attempt.outcome === "ok")
    .map((attempt) => attempt.endedMs)
    .filter((ended) => ended >= fromMs && ended <= untilMs)
    .sort((a, b) => a - b);
  let longest: Gap = { ms: 0, fromMs };
  let last = fromMs;
  for (const ended of [...ends, untilMs]) {
    if (ended - last > longest.ms) longest = { ms: ended - last, fromMs: last };
    last = ended;
  }
  return longest;
}

export interface Verdict {
  readonly acknowledged: number;
  /** Answered 201 and absent afterwards: must be empty. */
  readonly lost: readonly string[];
  /** Refused with a definite answer and present all the same: must be empty. */
  readonly ghosts: readonly string[];
  /** Present and never delivered to the watch: must be empty. */
  readonly missedByWatch: readonly string[];
  /** Delivered to the watch more than once: must be empty. */
  readonly deliveredTwice: readonly string[];
}

/** `present`: the names that every member lists at the end. */
export function verdictOf(probe: Probe, present: ReadonlySet<string>): Verdict {
  const writes = probe.attempts.filter((attempt) => attempt.kind === "write");
  const acknowledged = writes.filter((attempt) => attempt.outcome === "ok").map((attempt) => attempt.name);
  const seen = new Map<string, number>();
  for (const { name } of probe.arrivals) seen.set(name, (seen.get(name) ?? 0) + 1);
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((name) => !present.has(name)),
    ghosts: writes
      .filter((attempt) => attempt.outcome === "refused" && present.has(attempt.name))
      .map((attempt) => attempt.name),
    missedByWatch: [...present].filter((name) => name.startsWith("w-") && !seen.has(name)),
    deliveredTwice: [...seen].filter(([, count]) => count > 1).map(([name]) => name),
  };
}

export function isClean(verdict: Verdict): boolean {
  return [verdict.lost, verdict.ghosts, verdict.missedByWatch, verdict.deliveredTwice].every(
    (list) => list.length === 0,
  );
}

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
export function watchDelay(probe: Probe) {
  const started = new Map(probe.attempts.map((attempt) => [attempt.name, attempt.startedMs]));
  const delays = probe.arrivals
    .map(({ name, atMs }) => atMs - (started.get(name) ?? Number.NaN))
    .filter((delay) => Number.isFinite(delay));
  return percentilesOf(Float64Array.from(delays));
}
