/**
 * One measured run of one workload on one target: fixed work in client processes, and what the operating
 * system and the server's own metrics say of it meanwhile.
 */
import type { ClientPool } from "./client/client-pool.ts";
import type { Job, JobResult } from "./client/job.ts";
import { deviceWrittenBytes, flushFileSystem } from "./device-writes.ts";
import { MemorySampler } from "./memory-sampler.ts";
import { type ProcessUsage, usageOf } from "./process-tree.ts";
import { Scrape } from "./scrape.ts";
import { joined, type Percentiles, perBucket, percentile, percentilesOf } from "./statistics.ts";
import type { Side, Surface, Target } from "./target.ts";
import type { Size, Workload } from "./workload.ts";

/** How a workload is to be run. */
export interface MeasureOptions {
  readonly size: Size;
  readonly share: number;
  readonly protocol: "h2" | "http1";
  readonly round: number;
  readonly seed: number;
  readonly clients: number;
  readonly pool: ClientPool;
  readonly parameters?: Readonly<Record<string, number>>;
  /** Where the work is done; absent: a namespace of this run alone. */
  readonly namespace?: string;
}

/** What one run gave. */
export interface Measurement {
  readonly target: Side;
  readonly surface: Surface;
  readonly members: number;
  readonly workload: string;
  readonly unit: string;
  readonly protocol: "h2" | "http1";
  readonly round: number;
  readonly clients: number;
  readonly operations: number;
  readonly seconds: number;
  readonly operationsPerSecond: number;
  readonly latencyMs: Percentiles;
  readonly errors: Readonly<Record<string, number>>;
  /** User and system time of all server processes, over the operations. */
  readonly serverCpuMsPerOperation: number;
  readonly clientCpuMsPerOperation: number;
  readonly peakResidentBytes: number;
  readonly receivedBytesPerOperation: number;
  /** Bytes that reached the device, whoever wrote them, over bytes of acknowledged request bodies. */
  readonly writeAmplification: number | undefined;
  /** From the server's metrics, where it has them. */
  readonly fsyncsPerOperation: number | undefined;
  readonly eventLoopDelayP999Ms: number | undefined;
  /** Operations that ended in each tenth of a second. */
  readonly timeline: readonly number[];
  /**
   * Latencies from the fastest to the 99.9th percentile, by nines: 0 is the fastest, 1 is 90 %, 2 is 99 %.
   */
  readonly distributionMs: readonly (readonly [nines: number, ms: number])[];
  readonly facts: Readonly<Record<string, number>>;
}

/** The target lacks what the workload is about. */
export class UnsupportedError extends Error {}

/** Buckets of `Measurement.timeline`. */
export const TIMELINE_BUCKET_MS = 100;
const FSYNCS = "etcd_disk_wal_fsync_duration_seconds_count";
const EVENT_LOOP_DELAY = "quorate_eventloop_delay_p999_seconds";
const CONNECTIONS = 4;
const WATCHES_A_CONNECTION = 20;
const NINES = 3;
const POINTS_A_NINE = 20;

function distribution(latencies: Float64Array): [number, number][] {
  const sorted = Float64Array.from(latencies).sort();
  return Array.from({ length: NINES * POINTS_A_NINE + 1 }, (_, i) => {
    const nines = i / POINTS_A_NINE;
    return [nines, percentile(sorted, 1 - 10 ** -nines)];
  });
}

/** The job of one client of a workload's run. */
export function jobOf(target: Target, workload: Workload, options: MeasureOptions): Job {
  const { round, seed } = options;
  return {
    phase: "run",
    workload: workload.name,
    surface: target.surface,
    endpoints: target.endpoints,
    credentials: target.credentials,
    connections: Math.max(
      workload.connections ?? CONNECTIONS,
      target.endpoints.length,
      // Servers bound the streams of one connection.
      Math.ceil((options.parameters?.["watchers"] ?? 0) / WATCHES_A_CONNECTION),
    ),
    protocol: options.protocol,
    namespace: options.namespace ?? `bench-${workload.name}-${round}-${seed}`,
    size: options.size,
    share: options.share,
    concurrency: workload.concurrency,
    seed,
    client: 0,
    clients: 1,
    parameters: options.parameters ?? {},
  };
}

/** Carries out jobs on a target: in client processes, or within its own process where it is embedded. */
export async function runOn(
  target: Target,
  pool: ClientPool,
  jobs: readonly Job[],
  start: () => Promise<void> = async () => {},
): Promise<JobResult[]> {
  return target.runJob ? [await target.runJob(jobs[0]!, start)] : pool.run(jobs, start);
}

/** What was seen around the measured part. */
interface Around {
  readonly before: ProcessUsage;
  readonly after: ProcessUsage;
  readonly scrapeBefore: Scrape;
  readonly scrapeAfter: Scrape;
  readonly deviceBytes: number | undefined;
  readonly peakResidentBytes: number;
}

async function watched(
  target: Target,
  pool: ClientPool,
  jobs: readonly Job[],
): Promise<[JobResult[], Around]> {
  let scrapeBefore = new Scrape([]);
  let before = usageOf(target.pids);
  let deviceBefore: number | undefined;
  const sampler = new MemorySampler(target.pids);
  try {
    const results = await runOn(target, pool, jobs, async () => {
      await flushFileSystem(target.dataDirectory);
      deviceBefore = await deviceWrittenBytes(target.dataDirectory);
      // The scrape costs the server more than a reading of its CPU time costs us: it comes first here, last below.
      scrapeBefore = await Scrape.take(target.metricsUrls, target.credentials);
      before = usageOf(target.pids);
    });
    const after = usageOf(target.pids);
    const scrapeAfter = await Scrape.take(target.metricsUrls, target.credentials);
    await flushFileSystem(target.dataDirectory);
    const deviceBytes = difference(await deviceWrittenBytes(target.dataDirectory), deviceBefore);
    const peakResidentBytes = sampler.peakBytes;
    return [results, { before, after, scrapeBefore, scrapeAfter, deviceBytes, peakResidentBytes }];
  } finally {
    sampler.stop();
  }
}

function over(results: readonly JobResult[], pick: (result: JobResult) => number): number {
  return results.reduce((sum, result) => sum + pick(result), 0);
}

function errorsOf(results: readonly JobResult[]): Record<string, number> {
  const errors: Record<string, number> = {};
  for (const result of results) {
    for (const [kind, count] of Object.entries(result.errors)) errors[kind] = (errors[kind] ?? 0) + count;
  }
  return errors;
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

function costsOf(results: readonly JobResult[], around: Around, operations: number) {
  const sentBytes = over(results, (result) => result.sentBytes);
  const { deviceBytes } = around;
  const fsyncs = difference(around.scrapeAfter.sum(FSYNCS), around.scrapeBefore.sum(FSYNCS));
  const delaySeconds = around.scrapeAfter.max(EVENT_LOOP_DELAY);
  return {
    serverCpuMsPerOperation: (around.after.cpuMs - around.before.cpuMs) / operations,
    clientCpuMsPerOperation: over(results, (result) => result.cpuMs) / operations,
    peakResidentBytes: around.peakResidentBytes,
    receivedBytesPerOperation: over(results, (result) => result.receivedBytes) / operations,
    writeAmplification: sentBytes > 0 && deviceBytes !== undefined ? deviceBytes / sentBytes : undefined,
    fsyncsPerOperation: fsyncs === undefined ? undefined : fsyncs / operations,
    eventLoopDelayP999Ms: delaySeconds === undefined ? undefined : delaySeconds * 1000,
  };
}

/**
 * Prepares, measures, and sums up. Throws UnsupportedError, or an Error where preparation or every operation
 * failed.
 */
export async function measure(
  target: Target,
  workload: Workload,
  options: MeasureOptions,
): Promise<Measurement> {
  const job = jobOf(target, workload, options);
  const [prepared] = await runOn(target, options.pool, [{ ...job, phase: "prepare", protocol: "h2" }]);
  if (prepared?.unsupported !== undefined) throw new UnsupportedError(prepared.unsupported);
  const clients = target.runJob ? 1 : Math.min(options.clients, workload.clientsMax ?? options.clients);
  const connections = Math.ceil(job.connections / clients);
  const jobs = Array.from({ length: clients }, (_, client) => ({ ...job, connections, client, clients }));
  const [results, around] = await watched(target, options.pool, jobs);
  const latencies = joined(results.map((result) => result.latencies));
  const operations = latencies.length;
  if (operations === 0) throw new Error(`every operation failed: ${JSON.stringify(errorsOf(results))}`);
  const startedAtMs = Math.min(...results.map((result) => result.startedAtMs));
  const endedAt = joined(results.map((result) => result.endedAt));
  const seconds = (endedAt.reduce((last, at) => Math.max(last, at), startedAtMs) - startedAtMs) / 1000;
  return {
    target: target.name,
    surface: target.surface,
    members: target.members,
    workload: workload.name,
    unit: workload.unit,
    protocol: options.protocol,
    round: options.round,
    clients,
    operations,
    seconds,
    operationsPerSecond: operations / seconds,
    latencyMs: percentilesOf(latencies),
    errors: errorsOf(results),
    ...costsOf(results, around, operations),
    timeline: perBucket(endedAt, startedAtMs, TIMELINE_BUCKET_MS),
    distributionMs: distribution(latencies),
    facts: Object.assign({}, ...results.map((result) => result.facts)),
  };
}
