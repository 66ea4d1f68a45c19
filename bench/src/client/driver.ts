/**
 * The client process: gets one job over IPC, carries it out, answers with what it measured. It is a process of its own
 * so that its CPU time is never counted as the server's.
 */

import { Samples } from "../statistics.ts";
import type { Credentials } from "../target.ts";
import type { Size, WorkloadContext } from "../workload.ts";
import { getWorkload } from "../workloads/index.ts";
import { ApiClient } from "./api-client.ts";

export interface Job {
  readonly phase: "prepare" | "run";
  readonly workload: string;
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly connections: number;
  readonly protocol: "h2" | "http1";
  readonly namespace: string;
  readonly size: Size;
  readonly concurrency: number;
  readonly seed: number;
}

export interface JobResult {
  readonly startedAtMs: number;
  readonly seconds: number;
  readonly latencies: Float64Array;
  readonly endedAt: Float64Array;
  readonly errors: Readonly<Record<string, number>>;
  readonly failure?: string;
}

async function carryOut(job: Job): Promise<JobResult> {
  const api = new ApiClient(job);
  const workload = getWorkload(job.workload);
  const context: WorkloadContext = { ...job, api };
  const samples = new Samples();
  const errors: Record<string, number> = {};
  const started = performance.now();
  if (job.phase === "prepare") {
    const body = JSON.stringify({ kind: "Namespace", apiVersion: "v1", metadata: { name: job.namespace } });
    await api.expect({ method: "POST", path: "/api/v1/namespaces", body }, 201, 409);
    await workload.prepare?.(context);
  } else {
    await workload.run(context, {
      samples,
      failed: (kind) => {
        errors[kind] = (errors[kind] ?? 0) + 1;
      },
    });
  }
  const seconds = (performance.now() - started) / 1000;
  api.close();
  return {
    startedAtMs: performance.timeOrigin + started,
    seconds,
    latencies: samples.latencies(),
    endedAt: samples.endedAt(),
    errors,
  };
}

process.once("message", (job: Job) => {
  carryOut(job)
    .catch((error: Error): JobResult => {
      const nothing = new Float64Array(0);
      return {
        startedAtMs: 0,
        seconds: 0,
        latencies: nothing,
        endedAt: nothing,
        errors: {},
        failure: error.message,
      };
    })
    .then((result) => process.send?.(result, () => process.exit(0)));
});
