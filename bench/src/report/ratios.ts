/** The two sides of a run against each other: ratios with their spread, round by round. */
import type { Measurement } from "../measure.ts";
import { median } from "../statistics.ts";
import { PROMISES } from "./promises.ts";

/** Median, least and most over the rounds. */
export type Spread = readonly [middle: number, least: number, most: number];

/** One workload on one surface with one size of cluster. */
export interface Ratio {
  readonly workload: string;
  readonly surface: string;
  readonly members: number;
  /** reference / quorate: above 1, Quorate is cheaper. */
  readonly cpu: Spread;
  /** quorate / reference: above 1, Quorate is faster. */
  readonly throughput: Spread;
  /** reference / quorate: above 1, Quorate answers sooner. */
  readonly p99: Spread;
  readonly target: { readonly cpu: number; readonly throughput: number } | undefined;
}

const CPU_MS_MIN = 1e-6;

function spread(values: readonly number[]): Spread {
  return [median(values), Math.min(...values), Math.max(...values)];
}

/** Where a measurement belongs, whoever it is of. */
export function placeOf(measurement: Measurement): string {
  const { workload, surface, members } = measurement;
  return `${workload}/${surface}/${members}`;
}

/** Of all that both sides ran, in the order of the measurements. */
export function ratiosOf(measurements: readonly Measurement[]): Ratio[] {
  const ratios: Ratio[] = [];
  for (const group of Map.groupBy(measurements, placeOf).values()) {
    const pairs = group
      .filter(({ target }) => target === "quorate")
      .flatMap((ours) => {
        const theirs = group.find((one) => one.target === "reference" && one.round === ours.round);
        return theirs ? [{ ours, theirs }] : [];
      });
    if (pairs.length === 0) continue;
    const { workload, surface, members } = group[0]!;
    ratios.push({
      workload,
      surface,
      members,
      cpu: spread(
        pairs.map(
          ({ ours, theirs }) =>
            theirs.serverCpuMsPerOperation / Math.max(ours.serverCpuMsPerOperation, CPU_MS_MIN),
        ),
      ),
      throughput: spread(
        pairs.map(({ ours, theirs }) => ours.operationsPerSecond / theirs.operationsPerSecond),
      ),
      p99: spread(pairs.map(({ ours, theirs }) => theirs.latencyMs.p99 / ours.latencyMs.p99)),
      target: PROMISES.find((one) => one.workload === workload && one.members === members),
    });
  }
  return ratios;
}
