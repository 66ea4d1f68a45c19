/** What a member's process and its API workers tell each other over Node's message channel. */
import type { MetricsSnapshot, RunningApiServer } from "@quorate/apiserver";
import type { KvSocketAddress } from "@quorate/replica";
import type { FrontDoorSettings } from "../member/front-door.ts";

/** All that a worker needs. */
export interface WorkerSettings extends FrontDoorSettings {
  /** From 1 on; a worker that takes a dead one's place has its number. */
  readonly number: number;
  readonly socket: KvSocketAddress;
  readonly logging: { readonly level: string; readonly member: string };
  /** A fresh cluster's objects are there already. */
  readonly isBootstrapped: boolean;
}

/** What a worker says of itself for `/metrics`. */
export interface WorkerReport {
  readonly metrics: MetricsSnapshot;
  /** How late its event loop was since the last report, as `EventLoopDelay` counts. */
  readonly delaySeconds: number;
}

/** To a worker; `start` comes first and once. */
export type ToWorker =
  | { readonly type: "start"; readonly settings: WorkerSettings }
  | { readonly type: "bootstrap-done" }
  | { readonly type: "stop-coming" }
  | { readonly type: "renew-tls"; readonly tls: Parameters<RunningApiServer["renewTls"]>[0] }
  /** Asks for a report. */
  | { readonly type: "report"; readonly id: number }
  /** Answers `collect`; without a text where that failed. */
  | { readonly type: "collected"; readonly id: number; readonly text?: string }
  /** Drains and ends. */
  | { readonly type: "stop"; readonly graceMs: number | undefined };

/** From a worker. */
export type FromWorker =
  | { readonly type: "ready"; readonly port: number }
  /** It can't serve; its process ends after this. */
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "reported"; readonly id: number; readonly report: WorkerReport }
  /** Asks for the metrics of all workers. */
  | { readonly type: "collect"; readonly id: number };
