/**
 * The plots of a bench run: CPU, throughput and memory as bars; latency percentiles and throughput over time
 * as lines.
 */
import type { Measurement } from "../measure.ts";
import { median } from "../statistics.ts";
import { renderSvg } from "./chart.ts";

export interface Plot {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

function bars(
  measurements: readonly Measurement[],
  file: string,
  title: string,
  unit: string,
  value: (measurement: Measurement) => number,
): Plot {
  const names = unique(measurements.map((m) => m.workload));
  const targets = unique(measurements.map((m) => m.target));
  const series = targets.map((target) => ({
    name: target,
    type: "bar" as const,
    data: names.map((name) => {
      const values = measurements.filter((m) => m.target === target && m.workload === name).map(value);
      return values.length ? Number(median(values).toPrecision(4)) : null;
    }),
  }));
  const svg = renderSvg({
    title: { text: title, left: "center" },
    legend: { bottom: 0 },
    grid: { left: 70, right: 20, top: 50, bottom: 110 },
    xAxis: { type: "category", data: names, axisLabel: { rotate: 35, interval: 0 } },
    yAxis: { type: "log", name: unit, logBase: 10 },
    series,
  });
  return { file, title, svg };
}

function lines(
  group: readonly Measurement[],
  file: string,
  title: string,
  axes: { x: string; y: string; log: boolean },
  points: (measurement: Measurement) => [number, number][],
): Plot {
  const series = group.map((m) => ({
    name: `${m.target} #${m.round}`,
    type: "line" as const,
    showSymbol: false,
    data: points(m),
  }));
  const svg = renderSvg(
    {
      title: { text: title, left: "center" },
      legend: { bottom: 0 },
      grid: { left: 70, right: 20, top: 50, bottom: 70 },
      xAxis: { type: "value", name: axes.x, nameLocation: "middle", nameGap: 26 },
      yAxis: { type: axes.log ? "log" : "value", name: axes.y },
      series,
    },
    { width: 700, height: 360 },
  );
  return { file, title, svg };
}

/** All plots of a run. */
export function plotsOf(measurements: readonly Measurement[]): Plot[] {
  const plots = [
    bars(
      measurements,
      "cpu.svg",
      "Server CPU per operation",
      "ms",
      (m) => m.serverCpuMsPerOperation || 0.001,
    ),
    bars(measurements, "throughput.svg", "Operations per second", "1/s", (m) => m.operationsPerSecond),
    bars(measurements, "memory.svg", "Peak resident memory", "MB", (m) => m.peakResidentBytes / 1e6),
  ];
  for (const name of unique(measurements.map((m) => m.workload))) {
    const group = measurements.filter((m) => m.workload === name);
    plots.push(
      lines(
        group,
        `latency-${name}.svg`,
        `${name}: latency percentiles`,
        { x: "percentile", y: "ms", log: true },
        (m) => m.distributionMs.map((value, i) => [i, Math.max(0.01, Number(value.toPrecision(4)))]),
      ),
      lines(
        group,
        `timeline-${name}.svg`,
        `${name}: throughput over time`,
        { x: "seconds", y: `${group[0]!.unit}s / s`, log: false },
        (m) => m.timeline.map((count, i) => [i / 10, count * 10]),
      ),
    );
  }
  return plots;
}
