/**
 * One measured run of one workload on one target: fixed work in a client process, and what the operating system and
 * the server's own metrics say of it meanwhile.
 */
import { ApiClient } from "./client/api-client.ts";
import { runJob } from "./client/run-job.ts";
import { usageOf } from "./process-tree.ts";
import { type Percentiles, perBucket, percentilesOf } from "./statistics.ts";
import type { Target } from "./target.ts";
import type { Size, Workload } from "./workload.ts";

export interface MeasureOptions {
  readonly size: Size;
  readonly protocol: "h2" | "http1";
  readonly round: number;
  readonly seed: number;
}

export interface Measurement {
  readonly target: string;
  readonly workload: string;
  readonly unit: string;
  readonly protocol: "h2" | "http1";
  readonly round: number;
  readonly operations: number;
  readonly seconds: number;
  readonly operationsPerSecond: number;
  readonly latencyMs: Percentiles;
  readonly errors: Readonly<Record<string, number>>;
  /** User and system time of all server processes, over the operations. */
  readonly serverCpuMsPerOperation: number;
  readonly peakResidentBytes: number;
  readonly writtenBytesPerOperation: number;
  /** From the server's metrics, where it has them. */
  readonly fsyncsPerOperation: number | undefined;
  readonly eventLoopDelayP999Ms: number | undefined;
  /** Operations that ended in each tenth of a second. */
  readonly timeline: readonly number[];
  /** Latencies at the percentiles 0, 1 … 100 for the plot. */
  readonly distributionMs: readonly number[];
}

const MEMORY_PERIOD_MS = 250;
const TIMELINE_BUCKET_MS = 100;

/** The sum of a metric's samples over all members, undefined where no member has it. */
async function metricTotal(api: ApiClient, members: number, name: string, pick: "sum" | "max") {
  let total: number | undefined;
  for (let member = 0; member < members; member++) {
    const response = await api
      .send({ method: "GET", path: "/metrics", keepBody: true })
      .catch(() => undefined);
    if (response?.status !== 200) continue;
    for (const line of response.body.split("\n")) {
      if (!line.startsWith(name) || !/^[ {]/.test(line.slice(name.length))) continue;
      const value = Number(line.slice(line.lastIndexOf(" ") + 1));
      if (!Number.isFinite(value)) continue;
      total = pick === "sum" ? (total ?? 0) + value : Math.max(total ?? 0, value);
    }
  }
  return total;
}

function distribution(latencies: Float64Array): number[] {
  if (latencies.length === 0) return [];
  const sorted = Float64Array.from(latencies).sort();
  return Array.from({ length: 101 }, (_, i) => sorted[Math.round(((sorted.length - 1) * i) / 100)]!);
}

/** Prepares, measures, and sums up. Throws where the preparation fails or no operation succeeded. */
export async function measure(
  target: Target,
  workload: Workload,
  options: MeasureOptions,
): Promise<Measurement> {
  const namespace = `bench-${workload.name}-${options.round}-${options.seed}`;
  const job = {
    workload: workload.name,
    endpoints: target.endpoints,
    credentials: target.credentials,
    connections: Math.max(4, target.endpoints.length),
    protocol: options.protocol,
    namespace,
    size: options.size,
    concurrency: workload.concurrency,
    seed: options.seed,
  };
  await runJob({ ...job, phase: "prepare", protocol: "h2" });
  const api = new ApiClient({ ...job, connections: target.endpoints.length, protocol: "h2" });
  const members = target.endpoints.length;
  const fsyncs = () => metricTotal(api, members, "etcd_disk_wal_fsync_duration_seconds_count", "sum");
  const fsyncsBefore = await fsyncs();
  const before = usageOf(target.pids);
  let peakResidentBytes = before.residentBytes;
  const sampler = setInterval(() => {
    peakResidentBytes = Math.max(peakResidentBytes, usageOf(target.pids).residentBytes);
  }, MEMORY_PERIOD_MS);
  const result = await runJob({ ...job, phase: "run" }).finally(() => clearInterval(sampler));
  const after = usageOf(target.pids);
  const fsyncsAfter = await fsyncs();
  const delaySeconds = await metricTotal(api, members, "quorate_eventloop_delay_p999_seconds", "max");
  api.close();
  const operations = result.latencies.length;
  if (operations === 0) {
    throw new Error(
      `${workload.name} on ${target.name}: every operation failed: ${JSON.stringify(result.errors)}`,
    );
  }
  return {
    target: target.name,
    workload: workload.name,
    unit: workload.unit,
    protocol: options.protocol,
    round: options.round,
    operations,
    seconds: result.seconds,
    operationsPerSecond: operations / result.seconds,
    latencyMs: percentilesOf(result.latencies),
    errors: result.errors,
    serverCpuMsPerOperation: (after.cpuMs - before.cpuMs) / operations,
    peakResidentBytes: Math.max(peakResidentBytes, after.residentBytes),
    writtenBytesPerOperation: (after.writtenBytes - before.writtenBytes) / operations,
    fsyncsPerOperation:
      fsyncsBefore === undefined || fsyncsAfter === undefined
        ? undefined
        : (fsyncsAfter - fsyncsBefore) / operations,
    eventLoopDelayP999Ms: delaySeconds === undefined ? undefined : delaySeconds * 1000,
    timeline: perBucket(result.endedAt, result.startedAtMs, TIMELINE_BUCKET_MS),
    distributionMs: distribution(result.latencies),
  };
}
