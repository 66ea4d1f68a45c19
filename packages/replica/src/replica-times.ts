/** The times of a replica, from what it was started with; defaults are etcd's. */
import type { ReplicaOptions } from "./replica-options.ts";

const HEARTBEAT_MS = 100;
const ELECTION_MS = 1000;
const REQUEST_MS = 5000;
const TRANSFER_MS = 1500;

/** Times in milliseconds, and the election timeout in ticks too. */
export interface ReplicaTimes {
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly electionTicks: number;
  readonly requestTimeoutMs: number;
  /** How long a hand-over of the leadership may take. */
  readonly transferMs: number;
}

/** The times of one replica. */
export function timesOf(options: ReplicaOptions): ReplicaTimes {
  const { heartbeatMs = HEARTBEAT_MS, electionMs = ELECTION_MS } = options;
  const electionTicks = Math.max(2, Math.round(electionMs / heartbeatMs));
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_MS + 2 * electionMs;
  const transferMs = TRANSFER_MS + electionMs;
  return { heartbeatMs, electionMs, electionTicks, requestTimeoutMs, transferMs };
}
