/**
 * The timeline of a scenario as SVG: what was answered in each tenth of a second above, how slow writes were
 * below.
 */
import type { EChartsOption } from "echarts";
import { renderSvg } from "../report/chart.ts";
import type { ScenarioResult } from "./scenario.ts";
import { BUCKET_MS } from "./timeline.ts";

const PER_SECOND = 1000 / BUCKET_MS;
const WIDTH = 1_000;
const HEIGHT = 520;
/** Marks that are closer to each other than this part of the width would write over each other. */
const LABEL_SHARE = 0.16;
const LABEL_ROWS = 3;
/** About so many points a line. */
const POINTS_MAX = 100;
const ROW_HEIGHT = 15;

interface PlacedMark {
  readonly seconds: number;
  readonly what: string;
  readonly row: number;
}

/** Gives each mark the first row in which it does not run into the one before. */
function placed(result: ScenarioResult, lastSecond: number): PlacedMark[] {
  const freeFrom = new Array<number>(LABEL_ROWS).fill(Number.NEGATIVE_INFINITY);
  return result.marks.map(({ what, atMs }) => {
    const seconds = Number(((atMs - result.startedMs) / 1000).toFixed(2));
    const found = freeFrom.findIndex((free) => free <= seconds);
    const row = found < 0 ? LABEL_ROWS - 1 : found;
    freeFrom[row] = seconds + lastSecond * Math.max(LABEL_SHARE, what.length * 0.009);
    return { seconds, what, row };
  });
}

const secondsOf = (index: number) => (index * BUCKET_MS) / 1000;

/** Several buckets in one, so that a long scenario's lines can be told apart. */
function* grouped(counts: readonly number[], size: number): Generator<readonly [number, number[]]> {
  for (let from = 0; from + size <= counts.length; from += size) {
    yield [secondsOf(from), counts.slice(from, from + size)];
  }
}

function line(name: string, counts: readonly number[], size: number) {
  const data = [...grouped(counts, size)].map(([seconds, group]) => [
    seconds,
    Math.round((group.reduce((sum, count) => sum + count, 0) / size) * PER_SECOND),
  ]);
  return {
    name,
    type: "line" as const,
    step: "end" as const,
    showSymbol: false,
    lineStyle: { width: 1.5 },
    data,
  };
}

/** One line a mark, through both plots; only the upper one names it. */
function markLine(marks: readonly PlacedMark[], lastSecond: number, isNamed: boolean) {
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: "#5b6472", type: "dashed" as const, width: 1 },
    data: marks.map(({ seconds, what, row }) => ({
      xAxis: seconds,
      label: {
        show: isNamed,
        formatter: what,
        position: "end" as const,
        // To the left of its line near the right edge, so that nothing is cut off.
        align: seconds > lastSecond * 0.85 ? ("right" as const) : ("left" as const),
        offset: [0, -row * ROW_HEIGHT],
        color: "#1c2430",
        fontSize: 12,
      },
    })),
  };
}

/** The same result gives the same SVG. */
export function timelineSvg(result: ScenarioResult): string {
  const { timeline, writeGap, startedMs } = result;
  const lastSecond = secondsOf(timeline.writes.length - 1);
  const marks = placed(result, lastSecond);
  const size = Math.max(1, Math.round(timeline.writes.length / POINTS_MAX));
  const slowest = [...grouped(timeline.slowestWriteMs, size)].flatMap(([seconds, group]) => {
    const ms = Math.max(...group);
    return ms > 0 ? [[seconds, Number(Math.max(1, ms).toFixed(1))]] : [];
  });
  const from = (writeGap.fromMs - startedMs) / 1000;
  const gapArea = [{ xAxis: from }, { xAxis: from + writeGap.ms / 1000 }] as [
    { xAxis: number },
    { xAxis: number },
  ];
  const axis = { type: "value" as const, min: 0, max: lastSecond };
  const named = (name: string, nameGap: number) => ({ name, nameLocation: "middle" as const, nameGap });
  const option: EChartsOption = {
    legend: { bottom: 0, itemWidth: 18, icon: "roundRect", itemHeight: 4 },
    grid: [
      { left: 80, right: 30, top: 70, height: 230, outerBoundsMode: "none" },
      { left: 80, right: 30, top: 335, height: 105, outerBoundsMode: "none" },
    ],
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false } },
      { ...axis, gridIndex: 1, axisLabel: { showMaxLabel: false }, ...named("seconds", 24) },
    ],
    yAxis: [
      { type: "value", gridIndex: 0, ...named("answers and events / s", 56) },
      { type: "log", gridIndex: 1, min: 1, ...named("slowest write, ms", 56) },
    ],
    series: [
      {
        ...line("writes", timeline.writes, size),
        markLine: markLine(marks, lastSecond, true),
        markArea: {
          silent: true,
          itemStyle: { color: "rgba(194, 59, 59, 0.12)" },
          data: [gapArea],
        },
      },
      line("linearizable reads", timeline.reads, size),
      line("events at the watch", timeline.watchEvents, size),
      { ...line("errors", timeline.errors, size), color: "#c23b3b", areaStyle: { opacity: 0.15 } },
      {
        name: `slowest write of each ${secondsOf(size)} s`,
        type: "scatter",
        xAxisIndex: 1,
        yAxisIndex: 1,
        symbolSize: 4,
        color: "#2f6fdb",
        data: slowest,
        markLine: markLine(marks, lastSecond, false),
      },
    ],
  };
  return renderSvg(option, { width: WIDTH, height: HEIGHT });
}
