/** Carries out one job with the clients that its surface needs, and keeps what it measures. */
import type { Kv } from "@quorate/mvcc";
import { Samples } from "../statistics.ts";
import { isApiWorkload, type Recorder, type Workload, type WorkloadContext } from "../workload.ts";
import { getWorkload } from "../workloads/index.ts";
import { ApiClient } from "./api-client.ts";
import { EmbeddedStoreClient } from "./embedded-store-client.ts";
import { GrpcStoreClient } from "./grpc-store-client.ts";
import type { Job, JobResult } from "./job.ts";

/** Where the job comes from and what it may use. */
export interface JobSurroundings {
  /** Tells that everything is set up; resolves when the clock is to run. */
  readonly start: () => Promise<void>;
  /** For the embedded surface. */
  readonly kv?: Kv;
}

class JobRecorder implements Recorder {
  readonly samples = new Samples();
  readonly errors: Record<string, number> = {};
  readonly facts: Record<string, number> = {};
  sentBytes = 0;
  receivedBytes = 0;
  startedAtMs = 0;
  cpuAtStart = process.cpuUsage();
  readonly #start: () => Promise<void>;

  constructor(start: () => Promise<void>) {
    this.#start = start;
  }

  failed(kind: string): void {
    this.errors[kind] = (this.errors[kind] ?? 0) + 1;
  }

  sent(bytes: number): void {
    this.sentBytes += bytes;
  }

  received(bytes: number): void {
    this.receivedBytes += bytes;
  }

  fact(name: string, value: number): void {
    this.facts[name] = value;
  }

  async start(): Promise<void> {
    await this.#start();
    this.cpuAtStart = process.cpuUsage();
    this.startedAtMs = performance.timeOrigin + performance.now();
  }

  result(unsupported: string | undefined): JobResult {
    const cpu = process.cpuUsage(this.cpuAtStart);
    return {
      startedAtMs: this.startedAtMs,
      endedAtMs: performance.timeOrigin + performance.now(),
      latencies: this.samples.latencies(),
      endedAt: this.samples.endedAt(),
      errors: this.errors,
      sentBytes: this.sentBytes,
      receivedBytes: this.receivedBytes,
      cpuMs: (cpu.user + cpu.system) / 1000,
      facts: this.facts,
      ...(unsupported !== undefined && { unsupported }),
    };
  }
}

/** A workload's steps with the client of the job's surface already in their context. */
interface BoundSteps {
  /** Resolves with why the target can't do this, where it can't. */
  prepare(): Promise<string | undefined>;
  run(recorder: Recorder): Promise<void>;
  close(): void;
}

function bind(workload: Workload, job: Job, kv: Kv | undefined): BoundSteps {
  const context: WorkloadContext = job;
  if (isApiWorkload(workload)) {
    const api = new ApiClient(job);
    const own = { ...context, api };
    return {
      prepare: async () => {
        const metadata = { name: job.namespace };
        const body = JSON.stringify({ kind: "Namespace", apiVersion: "v1", metadata });
        await api.expect({ method: "POST", path: "/api/v1/namespaces", body }, 201, 409);
        const obstacle = await workload.findObstacle?.(own);
        if (obstacle === undefined) await workload.prepare?.(own);
        return obstacle;
      },
      run: (recorder) => workload.run(own, recorder),
      close: () => api.close(),
    };
  }
  const store = kv ? new EmbeddedStoreClient(kv) : new GrpcStoreClient(job);
  const own = { ...context, store };
  return {
    prepare: async () => {
      const obstacle = await workload.findObstacle?.(own);
      if (obstacle === undefined) await workload.prepare?.(own);
      return obstacle;
    },
    run: (recorder) => workload.run(own, recorder),
    close: () => store.close(),
  };
}

/** Resolves with what was measured, or with the failure in the result. */
export async function carryOut(job: Job, surroundings: JobSurroundings): Promise<JobResult> {
  const recorder = new JobRecorder(surroundings.start);
  let steps: BoundSteps | undefined;
  try {
    steps = bind(getWorkload(job.workload), job, surroundings.kv);
    if (job.phase === "prepare") return recorder.result(await steps.prepare());
    await steps.run(recorder);
    return recorder.result(undefined);
  } catch (error) {
    return { ...recorder.result(undefined), failure: (error as Error).message };
  } finally {
    steps?.close();
  }
}
