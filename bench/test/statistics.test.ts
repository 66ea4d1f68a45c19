import test from "ava";
import { median, perBucket, percentile, percentilesOf, Samples } from "../src/statistics.ts";

test("percentiles are exact by nearest rank", (t) => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => 1000 - i);
  t.deepEqual(percentilesOf(values), { p50: 500, p90: 900, p99: 990, p999: 999, max: 1000 });
  t.is(percentile(new Float64Array(0), 0.5), 0);
  t.is(median([3, 1, 2]), 2);
});

test("samples keep every latency over their growth", (t) => {
  const samples = new Samples();
  for (let i = 0; i < 5_000; i++) samples.add(i, i * 2);
  t.is(samples.length, 5_000);
  t.is(samples.latencies()[4_999], 4_999);
  t.is(samples.endedAt()[4_999], 9_998);
});

test("a timeline counts what ended in each bucket, empty ones included", (t) => {
  t.deepEqual(perBucket(Float64Array.from([1000, 1099, 1350]), 1000, 100), [2, 0, 0, 1]);
});
