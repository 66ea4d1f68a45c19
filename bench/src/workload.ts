/**
 * A workload: fixed work against a namespace of its own. `prepare` runs once per target and round,
 * unmeasured; `run` is the measured part, carried out in one or more client processes that start together.
 * Both get the same numbers for the same size, so that every target does the same work.
 */
import type { ApiClient } from "./client/api-client.ts";
import type { StoreClient } from "./client/store-client.ts";
import type { Samples } from "./statistics.ts";
import type { Surface } from "./target.ts";

/** `smoke` shows that it works, `full` how fast. */
export type Size = "smoke" | "full";

/** What a workload is given. */
export interface WorkloadContext {
  /** Fresh for every run of the workload: objects of an earlier run are never in the way. */
  readonly namespace: string;
  readonly size: Size;
  /** Part of the full work to do, for slow machines: 1 is all of it. */
  readonly share: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly client: number;
  readonly clients: number;
  readonly parameters: Readonly<Record<string, number>>;
}

/** For workloads of the Kubernetes API. */
export interface ApiContext extends WorkloadContext {
  readonly api: ApiClient;
}

/** For workloads of the store. */
export interface StoreContext extends WorkloadContext {
  readonly store: StoreClient;
}

/** Takes what the measured part sees. */
export interface Recorder {
  readonly samples: Samples;
  /** Counts a failed operation under a short name. */
  failed(kind: string): void;
  /** Bytes that the server acknowledged to have taken. */
  sent(bytes: number): void;
  received(bytes: number): void;
  /** A number that is no latency, such as an outcome; shown by experiments. */
  fact(name: string, value: number): void;
  /**
   * To be awaited once everything is set up: resolves when all client processes are, and the clock runs from
   * then.
   */
  start(): Promise<void>;
}

/** What describes a workload, whatever its surface. */
export interface WorkloadHeading {
  readonly name: string;
  readonly title: string;
  /** What one operation is. */
  readonly unit: "request" | "event";
  readonly concurrency: number;
  /** Cluster sizes at which it is run where none is asked for. */
  readonly members: readonly number[];
  /** Connections over all client processes; absent: a few. */
  readonly connections?: number;
  /** How many client processes it may be split over; absent: as many as are asked for. */
  readonly clientsMax?: number;
}

interface Steps<Context> {
  /** Says why the target can't do this, where it can't; the workload is then reported so and left out. */
  findObstacle?(context: Context): Promise<string | undefined>;
  prepare?(context: Context): Promise<void>;
  run(context: Context, recorder: Recorder): Promise<void>;
}

/** A workload of the Kubernetes API. */
export interface ApiWorkload extends WorkloadHeading, Steps<ApiContext> {
  readonly surfaces: readonly ["api"];
}

/** A workload of the store, over gRPC and embedded alike. */
export interface StoreWorkload extends WorkloadHeading, Steps<StoreContext> {
  readonly surfaces: readonly ("store" | "embedded")[];
}

/** Any workload. */
export type Workload = ApiWorkload | StoreWorkload;

/** Tells the two kinds of workloads apart. */
export function isApiWorkload(workload: Workload): workload is ApiWorkload {
  return runsOn(workload, "api");
}

/** Whether a workload runs on a surface. */
export function runsOn(workload: Workload, surface: Surface): boolean {
  return (workload.surfaces as readonly Surface[]).includes(surface);
}

/** Runs `operation(0 … count - 1)` with `concurrency` of them under way; rejects with the first error. */
export async function inParallel(
  count: number,
  concurrency: number,
  operation: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}

/** How much of some work is to be done. */
export function workOf(context: WorkloadContext, counts: Readonly<Record<Size, number>>): number {
  return Math.max(1, Math.round(counts[context.size] * context.share));
}

/** What an operation answers: a status as HTTP has it, and its bytes. */
export interface OperationResult {
  readonly status: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Operations before the clock runs: what a server that has run for a while has behind it. */
export function warmUpCount(count: number): number {
  return Math.ceil(count / 10);
}

/**
 * As `inParallel` over this client's share of `count` operations, with every latency recorded and every
 * failure counted. The first tenth more is done before the clock runs: `operation` sees the indexes 0 … count
 * + warmUpCount(count) - 1.
 */
export async function measured(
  count: number,
  context: WorkloadContext,
  recorder: Recorder,
  operation: (index: number) => Promise<OperationResult>,
): Promise<void> {
  const { client, clients } = context;
  const concurrency = Math.max(1, Math.floor(context.concurrency / clients));
  const share = (total: number) => Math.ceil((total - client) / clients);
  const warmUps = warmUpCount(count);
  await inParallel(share(warmUps), concurrency, async (turn) => {
    await operation(turn * clients + client).catch(() => undefined);
  });
  await recorder.start();
  await inParallel(share(count), concurrency, async (turn) => {
    const started = performance.now();
    try {
      const { status, sentBytes, receivedBytes } = await operation(warmUps + turn * clients + client);
      const ended = performance.now();
      recorder.received(receivedBytes);
      if (status >= 400) return recorder.failed(String(status));
      recorder.sent(sentBytes);
      recorder.samples.add(ended - started, performance.timeOrigin + ended);
    } catch (error) {
      recorder.failed((error as NodeJS.ErrnoException).code ?? "broken");
    }
  });
}
