/** What tortures came to, as text and as JSON. */
import { HARMS, type Harm } from "./harm.ts";
import type { TortureSummary } from "./run-torture.ts";
import type { WriteGap } from "./write-gaps.ts";

/** A middle and a worst time, in milliseconds. */
interface Times {
  readonly medianMs: number;
  readonly worstMs: number;
}

/** Times without an acknowledged write around one kind of harm. */
interface GapsOfKind {
  readonly count: number;
  /** From the harm until it was over. */
  readonly during: Times;
  /** Until the next one: members come back, start, catch up. */
  readonly after: Times;
  /** How many of either were longer than a second. */
  readonly aboveSecond: number;
  /** Where the leader was hurt: until another one said that it leads, and from then on to a write. */
  readonly election?: Times;
  readonly writeAfterElection?: Times;
  /** How long the machine had no time for this process during the longer of both gaps. */
  readonly stalled: Times;
  /** How long the members' disk took for a sync of the torture's own meanwhile. */
  readonly sync: Times;
}

/** Everything that `-o json` prints. */
export interface TortureReport {
  readonly harms: Readonly<Partial<Record<Harm, GapsOfKind>>>;
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly lostWrites: number;
  readonly nonLinearizableKeys: number;
  readonly undecidedKeys: number;
  readonly isComplete: boolean;
  readonly runs: readonly TortureSummary[];
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

function timesOf(values: readonly number[]): Times {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { medianMs: round(median), worstMs: round(sorted.at(-1)!) };
}

function gapsOfKind(gaps: readonly WriteGap[]): GapsOfKind {
  const elected = gaps.filter(({ hitLeader, writtenMs }) => hitLeader && writtenMs !== undefined);
  return {
    count: gaps.length,
    during: timesOf(gaps.map(({ duringMs }) => duringMs)),
    after: timesOf(gaps.map(({ afterMs }) => afterMs)),
    aboveSecond: gaps.filter(({ ms }) => ms > 1000).length,
    stalled: timesOf(gaps.map(({ stalledMs }) => stalledMs)),
    sync: timesOf(gaps.map(({ syncMs }) => syncMs)),
    ...(elected.length === 0
      ? undefined
      : {
          election: timesOf(elected.map(({ electedMs }) => electedMs!)),
          writeAfterElection: timesOf(elected.map(({ electedMs, writtenMs }) => writtenMs! - electedMs!)),
        }),
  };
}

function sum(runs: readonly TortureSummary[], of: (run: TortureSummary) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}

/** Adds the runs up. */
export function reportOf(runs: readonly TortureSummary[]): TortureReport {
  const gaps = runs.flatMap((run) => run.gaps);
  const violations = runs.flatMap((run) => run.violations);
  const byKind = HARMS.map((harm) => [harm, gaps.filter((gap) => gap.harm === harm)] as const);
  const broken = (checker: string): number => violations.filter((one) => one.checker === checker).length;
  return {
    harms: Object.fromEntries(
      byKind.filter(([, own]) => own.length > 0).map(([harm, own]) => [harm, gapsOfKind(own)]),
    ),
    operations: sum(runs, ({ operations }) => operations),
    acknowledged: sum(runs, ({ acknowledged }) => acknowledged),
    unknown: sum(runs, ({ unknown }) => unknown),
    lostWrites: broken("nothing acknowledged is lost"),
    nonLinearizableKeys: broken("linearizable"),
    undecidedKeys: sum(runs, ({ undecided }) => undecided),
    isComplete: runs.every(({ isComplete }) => isComplete),
    runs,
  };
}

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
}

function cellOf(times: Times | undefined): string {
  return times ? `${times.medianMs.toFixed(0)} / ${times.worstMs.toFixed(0)}` : "-";
}

function harmLines({ harms }: TortureReport): string[] {
  const head = ["median / worst ms", "times", "no write", "afterwards", "> 1 s", "election", "then a write"];
  const rows = Object.entries(harms).map(([harm, one]) => [
    ...[harm, String(one.count), cellOf(one.during), cellOf(one.after), String(one.aboveSecond)],
    ...[cellOf(one.election), cellOf(one.writeAfterElection), cellOf(one.stalled), cellOf(one.sync)],
  ]);
  return tableOf([[...head, "machine stalled", "slowest sync"], ...rows]);
}

/** The report for a reader. */
export function textOf(report: TortureReport): string {
  const { runs, operations, acknowledged, unknown, lostWrites, nonLinearizableKeys, undecidedKeys } = report;
  const clusters = runs.map(
    ({ members, network, gaps, seconds, seed, rounds }) =>
      `${members} members (${network}), seed ${seed}: ${gaps.length} harms in ${rounds} rounds, ` +
      `${seconds.toFixed(0)} s`,
  );
  const violations = runs.flatMap((run) => run.violations);
  return [
    ...clusters,
    ...harmLines(report),
    `${operations} operations, ${acknowledged} writes acknowledged, ${unknown} of unknown outcome`,
    `${lostWrites} acknowledged writes lost, ${nonLinearizableKeys} keys not linearizable`,
    ...(undecidedKeys > 0 ? [`${undecidedKeys} keys were too large to decide`] : []),
    ...runs.flatMap(({ evidence }) => evidence),
    ...violations.map(({ checker, message }) => `BROKEN ${checker}: ${message}`),
    ...(violations.length === 0
      ? ["nothing acknowledged lost, all histories linearizable, all watches whole"]
      : []),
    ...(report.isComplete ? [] : ["it ended before all that was asked for was done"]),
  ].join("\n");
}

/** 0: all is well; 1: a property does not hold; 2: none was broken, and not all was done or decided. */
export function exitCodeOf(report: TortureReport): number {
  if (report.runs.some(({ violations }) => violations.length > 0)) return 1;
  return report.isComplete && report.undecidedKeys === 0 ? 0 : 2;
}
