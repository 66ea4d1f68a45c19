/**
 * The plots of a bench run: CPU, throughput and memory of each surface as bars, the two sides against each
 * other and against the targets; for each workload latency percentiles and throughput over time as lines.
 */
import type { EChartsOption } from "echarts";
import { type Measurement, TIMELINE_BUCKET_MS } from "../measure.ts";
import { median } from "../statistics.ts";
import type { Side } from "../target.ts";
import { renderSvg } from "./chart.ts";
import { placeOf, type Ratio, ratiosOf } from "./ratios.ts";

/** A file of the results. */
export interface Plot {
  readonly file: string;
  readonly svg: string;
}

const COLORS: Readonly<Record<Side, string>> = { quorate: "#2f6fdb", reference: "#e07b39" };
const PERCENTILES = ["0", "90 %", "99 %", "99.9 %"];
const BAR_WIDTH = 70;
const LEAST_WIDTH = 640;

const title = (text: string) => ({ text, left: "center", top: 8, textStyle: { fontSize: 16 } });
const named = (name: string, nameGap: number) => ({ name, nameLocation: "middle" as const, nameGap });
const rounded = (value: number) => Number(value.toPrecision(4));

/** The name of a workload, with the size of its cluster where there are several. */
function labelOf({ workload, members }: Pick<Measurement, "workload" | "members">, sizes: number): string {
  return sizes > 1 ? `${workload} x${members}` : workload;
}

function categories(measurements: readonly Measurement[]): Map<string, readonly Measurement[]> {
  const sizes = new Set(measurements.map(({ members }) => members)).size;
  return Map.groupBy(measurements, (measurement) => labelOf(measurement, sizes));
}

function sidesOf(measurements: readonly Measurement[]): Side[] {
  return [...new Set(measurements.map(({ target }) => target))];
}

/** A logarithmic axis whose bars stand on its lower end. */
function logAxis(values: readonly number[]) {
  const least = 10 ** Math.floor(Math.log10(Math.min(...values)));
  return { type: "log" as const, logBase: 10, min: least, startValue: least };
}

/** Bars over workloads, with room for their names below. */
function barChart(
  heading: string,
  names: readonly string[],
  yAxis: EChartsOption["yAxis"],
  series: EChartsOption["series"],
): string {
  return renderSvg(
    {
      title: title(heading),
      legend: { bottom: 4 },
      grid: { left: 80, right: 24, top: 48, bottom: 124, outerBoundsMode: "none" },
      xAxis: { type: "category", data: [...names], axisLabel: { rotate: 40, interval: 0 } },
      yAxis,
      series,
    },
    { width: Math.max(LEAST_WIDTH, 120 + names.length * BAR_WIDTH), height: 440 },
  );
}

function bars(
  measurements: readonly Measurement[],
  heading: string,
  unit: string,
  value: (measurement: Measurement) => number,
): string {
  const groups = categories(measurements);
  const series = sidesOf(measurements).map((side) => ({
    name: side,
    type: "bar" as const,
    color: COLORS[side],
    data: [...groups.values()].map((group) => {
      const values = group.filter(({ target }) => target === side).map(value);
      return values.length ? rounded(median(values)) : null;
    }),
  }));
  const axis = { ...logAxis(measurements.map(value)), ...named(unit, 56) };
  return barChart(heading, [...groups.keys()], axis, series);
}

function surfacePlots(surface: string, measurements: readonly Measurement[]): Plot[] {
  const plot = (
    name: string,
    heading: string,
    unit: string,
    value: (measurement: Measurement) => number,
  ) => ({
    file: `${name}-${surface}.svg`,
    svg: bars(measurements, `${heading}, ${surface}`, unit, value),
  });
  return [
    // A run too short for the system's clock ticks has no CPU time: it is shown as the least that is seen.
    plot("cpu", "Server CPU per operation", "ms", (m) => Math.max(0.001, m.serverCpuMsPerOperation)),
    plot("throughput", "Operations per second", "operations / s", (m) => m.operationsPerSecond),
    plot("memory", "Peak memory of all server processes", "MB", (m) => m.peakResidentBytes / 1e6),
    plot("p99", "99th percentile of latency", "ms", (m) => m.latencyMs.p99),
  ];
}

function ratioPlot(surface: string, ratios: readonly Ratio[]): Plot {
  const sizes = new Set(ratios.map(({ members }) => members)).size;
  const names = ratios.map((ratio) => labelOf(ratio, sizes));
  // One mark across each bar: the two bars of a workload stand to the left and right of its middle.
  const targets = (name: string, pick: (ratio: Ratio) => number | undefined, offset: number) => ({
    name,
    type: "scatter" as const,
    symbol: "rect",
    symbolSize: [28, 3],
    symbolOffset: [offset, 0],
    color: "#1c2430",
    data: ratios.flatMap((ratio, i) => {
      const value = pick(ratio);
      return value === undefined ? [] : [[i, value]];
    }),
  });
  const axis = { type: "value" as const, min: 0, ...named("times better than the reference", 56) };
  const equal = { symbol: "none", silent: true, label: { show: false }, data: [{ yAxis: 1 }] };
  const svg = barChart(`Quorate against the reference, ${surface}`, names, axis, [
    {
      name: "CPU per operation",
      type: "bar",
      color: "#2f6fdb",
      data: ratios.map(({ cpu }) => rounded(cpu[0])),
      markLine: { ...equal, lineStyle: { color: "#5b6472", type: "dashed", width: 1 } },
    },
    {
      name: "throughput",
      type: "bar",
      color: "#3d9a50",
      data: ratios.map(({ throughput }) => rounded(throughput[0])),
    },
    targets("target", (ratio) => ratio.target?.cpu, -13),
    targets("target", (ratio) => ratio.target?.throughput, 13),
  ]);
  return { file: `ratios-${surface}.svg`, svg };
}

/** One line a run, coloured by its side; the legend names each side once. */
function lines(
  group: readonly Measurement[],
  heading: string,
  axes: Pick<EChartsOption, "xAxis" | "yAxis">,
  points: (measurement: Measurement) => [number, number][],
): string {
  const series = group.map((measurement) => ({
    name: measurement.target,
    type: "line" as const,
    showSymbol: false,
    color: COLORS[measurement.target],
    lineStyle: { width: 1.5, opacity: 0.8 },
    data: points(measurement),
  }));
  return renderSvg(
    {
      title: title(heading),
      legend: { bottom: 4, data: sidesOf(group), icon: "roundRect", itemHeight: 4 },
      grid: { left: 80, right: 24, top: 48, bottom: 76, outerBoundsMode: "none" },
      ...axes,
      series,
    },
    { width: 700, height: 380 },
  );
}

function workloadPlots(place: string, group: readonly Measurement[]): Plot[] {
  const { workload, surface, members, unit } = group[0]!;
  const heading = `${workload} (${surface}, ${members} member${members === 1 ? "" : "s"})`;
  const file = place.replaceAll("/", "-");
  const percentileAxis = {
    type: "value" as const,
    min: 0,
    max: PERCENTILES.length - 1,
    interval: 1,
    axisLabel: { formatter: (nines: number) => PERCENTILES[nines] ?? "" },
    ...named("percentile", 28),
  };
  return [
    {
      file: `latency-${file}.svg`,
      svg: lines(
        group,
        `${heading}: latency`,
        { xAxis: percentileAxis, yAxis: { type: "log", ...named("ms", 56) } },
        (m) => m.distributionMs.map(([nines, ms]) => [nines, rounded(Math.max(0.01, ms))]),
      ),
    },
    {
      file: `timeline-${file}.svg`,
      svg: lines(
        group,
        `${heading}: throughput over time`,
        {
          xAxis: { type: "value", min: 0, ...named("seconds", 28) },
          yAxis: { type: "value", ...named(`${unit}s / s`, 56) },
        },
        (m) => wholeBuckets(m).map((count, i) => [(i * TIMELINE_BUCKET_MS) / 1000, count * BUCKETS_A_SECOND]),
      ),
    },
  ];
}

const BUCKETS_A_SECOND = 1000 / TIMELINE_BUCKET_MS;

/** A part of a bucket at the end would look like a drop. */
function wholeBuckets({ timeline }: Measurement): readonly number[] {
  return timeline.length > 1 ? timeline.slice(0, -1) : timeline;
}

/** All plots of a run. */
export function plotsOf(measurements: readonly Measurement[]): Plot[] {
  const plots: Plot[] = [];
  for (const [surface, group] of Map.groupBy(measurements, ({ surface }) => surface)) {
    plots.push(...surfacePlots(surface, group));
    const ratios = ratiosOf(group);
    if (ratios.length) plots.push(ratioPlot(surface, ratios));
  }
  for (const [place, group] of Map.groupBy(measurements, placeOf)) plots.push(...workloadPlots(place, group));
  return plots;
}
