/**
 * A workload: fixed work against a namespace of its own. `prepare` runs once per target, unmeasured; `run` is the
 * measured part, carried out in a separate client process. Both get the same numbers for the same size, so that every
 * target does the same work.
 */
import type { ApiClient } from "./client/api-client.ts";
import type { Samples } from "./statistics.ts";

export type Size = "smoke" | "full";

export interface WorkloadContext {
  readonly api: ApiClient;
  /** Fresh for every run of the workload: objects of an earlier run are never in the way. */
  readonly namespace: string;
  readonly size: Size;
  readonly concurrency: number;
  readonly seed: number;
}

export interface Recorder {
  readonly samples: Samples;
  /** Counts a failed operation under a short name. */
  failed(kind: string): void;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** What one operation is: "request" or "event". */
  readonly unit: string;
  readonly concurrency: number;
  prepare?(context: WorkloadContext): Promise<void>;
  run(context: WorkloadContext, recorder: Recorder): Promise<void>;
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

/** As `inParallel`, with every operation's latency recorded and its failure counted. */
export async function measured(
  count: number,
  concurrency: number,
  recorder: Recorder,
  operation: (index: number) => Promise<{ readonly status: number }>,
): Promise<void> {
  await inParallel(count, concurrency, async (index) => {
    const started = performance.now();
    try {
      const { status } = await operation(index);
      const ended = performance.now();
      if (status >= 400) recorder.failed(String(status));
      else recorder.samples.add(ended - started, performance.timeOrigin + ended);
    } catch (error) {
      recorder.failed((error as NodeJS.ErrnoException).code ?? "broken");
    }
  });
}
