/**
 * A system under test: endpoints with an admin's credentials, and the processes whose CPU and memory count.
 */
import type { Job, JobResult } from "./client/job.ts";

/** PEM texts of the authority and of a client that may do everything. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What is spoken with a target: the Kubernetes API, etcd's gRPC, or `Kv` within the member's own process. */
export type Surface = "api" | "store" | "embedded";

/** Which of the two sides a target is. */
export type Side = "quorate" | "reference";

/** A running system; `stop` ends its processes and removes its data. */
export interface Target {
  readonly name: Side;
  readonly surface: Surface;
  readonly members: number;
  /** `https://127.0.0.1:port`, one a member. */
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  /** Where each process serves its metrics; the same credentials. */
  readonly metricsUrls: readonly string[];
  /** Where their data lies, on one file system. */
  readonly dataDirectory: string;
  /** Roots of the process trees that count as the server. */
  readonly pids: readonly number[];
  /** Seconds from the start of the processes until every member was ready. */
  readonly readySeconds: number;
  /** Carries out a job within the target's own process, where the surface is `embedded`. */
  runJob?(job: Job, start: () => Promise<void>): Promise<JobResult>;
  stop(): Promise<void>;
}
