/**
 * The `EtcdBackend` port: what the surface needs of the member it stands before. `Kv` and `Membership` do
 * the work; the state machine is looked at for what has no place in them (users, alarms, hashes).
 */
import type { CallOptions, Command, CommandResponse, Kv, Membership, Store } from "@quorate/mvcc";

/** A backup on its way: its length and its bytes. */
export interface SnapshotFile {
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

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
  /** The applied state as of the call, as the file that etcd's clients keep. */
  snapshot(): Promise<SnapshotFile>;
  /** More for /metrics, in Prometheus' text form. */
  metrics?(): string;
  /** Bytes the state takes on disk, and how many may be used. */
  dbSize(): Promise<{ readonly bytes: number; readonly quotaBytes: number }>;
}
