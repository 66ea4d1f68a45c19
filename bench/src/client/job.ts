/** What a client process is asked to do, and what it answers: plain values, sent over its IPC channel. */
import type { Credentials, Surface } from "../target.ts";
import type { Size } from "../workload.ts";

/** One phase of one workload, for one of the client processes that share it. */
export interface Job {
  readonly phase: "prepare" | "run";
  readonly workload: string;
  readonly surface: Surface;
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly connections: number;
  readonly protocol: "h2" | "http1";
  readonly namespace: string;
  readonly size: Size;
  readonly share: number;
  readonly concurrency: number;
  readonly seed: number;
  /** Which of `clients` processes this one is. */
  readonly client: number;
  readonly clients: number;
  /** Numbers that an experiment hands to its workload. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** What one client process measured. */
export interface JobResult {
  /** Milliseconds since the Unix epoch, comparable between the processes of one machine. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly latencies: Float64Array;
  readonly endedAt: Float64Array;
  readonly errors: Readonly<Record<string, number>>;
  /** Bytes of request bodies that were acknowledged. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly cpuMs: number;
  readonly facts: Readonly<Record<string, number>>;
  /** Why the target can't do this at all, where it can't. */
  readonly unsupported?: string;
  readonly failure?: string;
}

/** From a client process to its parent; the parent answers "ready" with "go" once all clients are. */
export type JobMessage = { readonly ready: true } | { readonly result: JobResult };
