import test from "ava";
import type { Measurement } from "../src/measure.ts";
import { hotFunctions } from "../src/report/cpu-profile.ts";
import { markdownOf } from "../src/report/markdown.ts";
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

test("a profile's hottest functions are shares of the busy time, whatever the idle time", (t) => {
  const node = (id: number, functionName: string) => ({
    id,
    callFrame: { functionName, url: `file:///x/packages/registry/src/${functionName}.ts`, lineNumber: 4 },
  });
  const { busyMs, functions } = hotFunctions({
    nodes: [node(1, "(idle)"), node(2, "hot"), node(3, "mild")],
    samples: [1, 2, 2, 3],
    timeDeltas: [9_000, 1_000, 2_000, 1_000],
  });
  t.is(busyMs, 4);
  t.deepEqual(functions[0], { name: "hot", place: "packages/registry/src/hot.ts:5", share: 0.75 });
  t.is(functions.length, 2);
});

test("the report says which targets are met, by how much others are missed, and what is not supported", (t) => {
  const side = (target: "quorate" | "reference", cpu: number, throughput: number) => ({
    ...row(target, 1, cpu, throughput),
    operations: 10,
    clientCpuMsPerOperation: 0.1,
    peakResidentBytes: 1e8,
    errors: {},
  });
  const facts = { size: "full", protocol: "h2", machine: "2 x CPU" };
  const report = markdownOf(
    facts,
    [side("quorate", 0.1, 2_000), side("reference", 0.5, 1_000)] as Measurement[],
    [
      { experiment: "growth", side: "quorate", name: "start", value: 12, unit: "s", most: 10 },
      { experiment: "cold-start", side: "quorate", name: "ready after a cold start", value: 1, unit: "s" },
      { experiment: "cold-start", side: "reference", name: "ready after a cold start", value: 4, unit: "s" },
    ],
    [{ what: "apply on quorate", why: "the server answers apply with 415", unsupported: true }],
  );
  t.true(report.includes("| get | api | 1 | 5x | 2x | 1x | 4x / 3x: throughput missed by 1.5x |"), report);
  t.true(report.includes("| start | 12 s | at most 10: missed |"));
  t.true(report.includes("| ready after a cold start | 1 s | 3x less: 4x, met |"));
  t.true(report.includes("- apply on quorate: not supported: the server answers apply with 415"));
});
