/**
 * The `EtcdBackend` port: what the surface needs of the member it stands before. `Kv` and `Membership` do
 * the work; the state machine is looked at for what has no place in them (users, alarms, hashes).
 */
import type { CallOptions, Command, CommandResponse, Kv, Membership, Store } from "@quorate/mvcc";

/** One member, as its etcd surface sees it. */
export interface EtcdBackend {
  readonly kv: Kv;
  readonly membership: Membership;
  /** This member's state machine: another one after a snapshot was installed. */
  store(): Store;
  /**
   * Writes a command to the log; resolves when it is applied here, rejects with what Kv's calls reject with.
   */
  propose(command: Command, options?: CallOptions): Promise<CommandResponse | undefined>;
  /** Whether this member knows a leader. */
  hasLeader(): boolean;
  /** Whether this member leads. */
  isLeader(): boolean;
  isLearner(): boolean;
  /** A consistent image of the applied state, in chunks, for backups. */
  snapshot(): AsyncIterable<Uint8Array>;
  /** More for /metrics, in Prometheus' text form. */
  metrics?(): string;
  /** Bytes the state takes on disk, and how many may be used. */
  dbSize(): Promise<{ readonly bytes: number; readonly quotaBytes: number }>;
}
