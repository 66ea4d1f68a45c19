import test from "ava";
import type { Measurement } from "../src/measure.ts";
import { ratiosOf } from "../src/report/ratios.ts";
import { groupsOf } from "../src/run-plan.ts";
import { samplesOf } from "../src/scrape.ts";
import { getWorkload, workloads } from "../src/workloads/index.ts";

const row = (target: "quorate" | "reference", round: number, cpu: number, throughput: number) =>
  ({
    target,
    round,
    workload: "get",
    surface: "api",
    members: 1,
    serverCpuMsPerOperation: cpu,
    operationsPerSecond: throughput,
    latencyMs: { p50: 1, p90: 1, p99: 2, p999: 3, max: 4 },
  }) as unknown as Measurement;

test("ratios pair the sides round by round and keep the spread", (t) => {
  const [ratio, ...more] = ratiosOf([
    row("quorate", 1, 0.1, 4_000),
    row("reference", 1, 0.5, 1_000),
    row("quorate", 2, 0.1, 3_000),
    row("reference", 2, 0.3, 1_500),
    row("quorate", 3, 0.1, 3_000),
  ]);
  t.deepEqual(more, []);
  t.deepEqual(ratio?.throughput, [2, 2, 4]);
  t.deepEqual(
    ratio?.cpu.map((value) => Math.round(value * 10) / 10),
    [3, 3, 5],
  );
  t.is(ratio?.target?.cpu, 4);
});

test("the short form shows larger clusters by one workload, and all where their size is asked for", (t) => {
  const groups = groupsOf({ workloads, members: [], surface: "store", size: "smoke" });
  t.deepEqual(
    groups.map(({ members }) => members),
    [1, 3],
  );
  t.is(groups[1]!.workloads.length, 1);
  const asked = groupsOf({ workloads, members: [3], surface: "store", size: "smoke" });
  t.is(asked[0]!.workloads.length, groups[0]!.workloads.length);
});

test("a workload is run on its own surfaces only", (t) => {
  const surfaces = groupsOf({
    workloads: [getWorkload("store-put"), getWorkload("get")],
    members: [1],
    surface: undefined,
    size: "full",
  }).map((group) => [group.surface, group.workloads.map(({ name }) => name)]);
  t.deepEqual(surfaces, [
    ["api", ["get"]],
    ["store", ["store-put"]],
    ["embedded", ["store-put"]],
  ]);
});

test("a metric's samples are read over all its labels, not those of longer names", (t) => {
  const text = 'a_total 3\na_total{x="y z"} 4.5\na_total_more 7\n# a_total 9\n';
  t.deepEqual(samplesOf(text, "a_total"), [3, 4.5]);
});
