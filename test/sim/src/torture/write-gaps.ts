/**
 * How long clients had no acknowledged write around each harm, and what of that was the election.
 *
 *   acknowledged   | | |                 | |        |    | |
 *   harm                 at <- during ->     overAt <- after -> the next harm
 */
import type { Harm, HarmDone } from "./harm.ts";

/** A member that began to lead. */
export interface Election {
  readonly term: number;
  readonly member: string;
  readonly at: number;
}

/** What one harm cost. Times are milliseconds since the harm. */
export interface WriteGap {
  readonly harm: Harm;
  readonly victim: string;
  readonly hitLeader: boolean;
  /** The longest stretch without an acknowledged write from the harm to the next one. */
  readonly ms: number;
  /** The longest that began before the harm was over, and the longest that began later. */
  readonly duringMs: number;
  readonly afterMs: number;
  /** When the longest began. */
  readonly beganMs: number;
  /** When the harm was over. */
  readonly overMs: number;
  /** When the first member said that it leads in a later term; absent where none did. */
  readonly electedMs?: number;
  /** When the first write was acknowledged from then on. */
  readonly writtenMs?: number;
  /**
   * The longest that a timer of this process was late meanwhile: so much of the gap may be due to a machine
   * that is busy with something else.
   */
  readonly stalledMs: number;
  /** The longest sync of a file of the torture's own meanwhile, on the members' disk. */
  readonly syncMs: number;
}

/** A timer that was late, or a sync that was slow: when it was over, and by how much or how long. */
export interface Stall {
  readonly at: number;
  readonly ms: number;
}

/** What the gaps are found in. Times are ascending. */
export interface GapEvidence {
  readonly harms: readonly HarmDone[];
  /** When writes were acknowledged. */
  readonly acknowledged: readonly number[];
  readonly elections: readonly Election[];
  readonly stalls: readonly Stall[];
  readonly syncs: readonly Stall[];
  /** When the load ended. */
  readonly end: number;
}

/** A gap that begins later has another cause. */
const AFTER_MS = 8000;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The first place in ascending `times` that is at or behind `time`. */
function placeOf(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The longest stretch without any of `times` within [from, end) that begins before `until`. */
function longest(times: readonly number[], from: number, until: number, end: number): Stretch {
  let best = { from, to: from };
  for (let place = placeOf(times, from); ; place++) {
    const stretch = {
      from: Math.max(from, times[place - 1] ?? from),
      to: Math.min(end, times[place] ?? end),
    };
    if (stretch.from >= until) return best;
    if (stretch.to - stretch.from > best.to - best.from) best = stretch;
    if (place >= times.length) return best;
  }
}

function longestOf(stalls: readonly Stall[], { from, to }: Stretch): number {
  const meanwhile = stalls.filter(({ at, ms }) => at > from && at - ms < to);
  return Math.max(0, ...meanwhile.map(({ ms }) => ms));
}

/** The gap of each harm. One that goes on into the next harm is divided between both. */
export function writeGaps(evidence: GapEvidence): WriteGap[] {
  const { harms, acknowledged, elections, stalls, syncs, end } = evidence;
  return harms.map(({ harm, victim, hitLeader, at, overAt }, number) => {
    const next = harms[number + 1]?.at ?? end;
    const until = Math.min(overAt + AFTER_MS, next);
    const during = longest(acknowledged, at, overAt, next);
    // A stretch that the end of the harm lies in is none of those behind it.
    const first = Math.min(next, acknowledged[placeOf(acknowledged, overAt)] ?? next);
    const after = longest(acknowledged, first, until, next);
    const duringMs = during.to - during.from;
    const afterMs = after.to - after.from;
    const gap = duringMs >= afterMs ? during : after;
    const elected = elections.find((election) => election.at > at && election.at < until);
    const written = elected && acknowledged[placeOf(acknowledged, elected.at)];
    return {
      ...{ harm, victim, hitLeader, ms: gap.to - gap.from, duringMs, afterMs },
      beganMs: gap.from - at,
      overMs: overAt - at,
      stalledMs: longestOf(stalls, gap),
      syncMs: longestOf(syncs, gap),
      ...(elected ? { electedMs: elected.at - at } : undefined),
      ...(written === undefined ? undefined : { writtenMs: written - at }),
    };
  });
}
