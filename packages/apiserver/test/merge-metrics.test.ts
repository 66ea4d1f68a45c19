import test from "ava";
import { Counter, Histogram, Registry } from "prom-client";
import { mergeMetrics, processMetrics } from "../src/index.ts";
import { LabelledCounter, LabelledHistogram } from "../src/metrics/labelled.ts";

async function snapshotOf(requests: number, seconds: number) {
  const registry = new Registry();
  new LabelledCounter(registry, "requests_total", "Requests.").child({ verb: "GET" }).value += requests;
  new LabelledHistogram(registry, "duration_seconds", "Time.", [0.1, 1]).child({}).observe(seconds);
  new Counter({ name: "errors_total", help: "Errors.", registers: [registry] }).inc(requests);
  new Histogram({ name: "sizes", help: "Sizes.", registers: [registry], buckets: [10] }).observe(requests);
  // As it arrives from another process.
  return structuredClone(await registry.getMetricsAsJSON());
}

test("the metrics of several processes are summed up by name and labels", async (t) => {
  const text = await mergeMetrics([await snapshotOf(3, 0.05), await snapshotOf(4, 5)]);
  const lines = text.split("\n");
  for (const line of [
    "# TYPE requests_total counter",
    'requests_total{verb="GET"} 7',
    'duration_seconds_bucket{le="0.1"} 1',
    'duration_seconds_bucket{le="+Inf"} 2',
    "duration_seconds_sum 5.05",
    "duration_seconds_count 2",
    "errors_total 7",
    'sizes_bucket{le="10"} 2',
    "sizes_sum 7",
  ])
    t.true(lines.includes(line), `${line} in\n${text}`);
});

test("what can't be summed up is that of the first process", async (t) => {
  const own = await processMetrics()();
  const start = own.find(({ name }) => name === "process_start_time_seconds")!.values[0]!.value;
  const text = await mergeMetrics([own, structuredClone(own)]);
  t.regex(text, new RegExp(`^process_start_time_seconds ${start}$`, "m"));
  t.is(await mergeMetrics([]), "\n");
});
