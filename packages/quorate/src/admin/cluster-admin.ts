/**
 * The ClusterAdmin port: what the operator's commands need of a cluster, over its members' peer ports
 * (`PeerAdmin`) or their etcd surface (`EtcdAdmin`).
 */

/** A member, as the cluster knows it. */
export interface AdminMember {
  readonly id: bigint;
  /** Empty until it has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** How a member says that it is; only what could be learned is there. */
export interface AdminStatus {
  readonly id: bigint | undefined;
  readonly name: string;
  readonly endpoint: string;
  readonly role: "leader" | "follower" | "learner" | "candidate" | "unknown";
  readonly term?: number;
  readonly lastIndex?: number;
  readonly appliedIndex?: number;
  readonly revision?: number;
  readonly dbSizeBytes?: number;
  readonly alarms: readonly string[];
  /** 99 of 100 writes of the log took no longer. */
  readonly diskMsP99?: number;
  /** Why there is nothing to be said. */
  readonly problem?: string;
}

/** A cluster that can be administered. Calls reject with CodedErrors of one line. */
export interface ClusterAdmin {
  members(): Promise<readonly AdminMember[]>;
  /** Every member that is known, and how it is. */
  status(): Promise<readonly AdminStatus[]>;
  /** Resolves with the new member. */
  add(peerUrls: readonly string[], isLearner: boolean): Promise<AdminMember>;
  remove(id: bigint): Promise<void>;
  /**
   * Puts a new member in the place of `id`; resolves with the new one. Over the members' peer ports both happen
   * or neither; etcd's API has no such call, and where the second step fails there the first stands.
   */
  replace(id: bigint, peerUrls: readonly string[], isLearner: boolean): Promise<AdminMember>;
  promote(id: bigint): Promise<void>;
  update(id: bigint, peerUrls: readonly string[]): Promise<void>;
  moveLeader(to: bigint): Promise<void>;
  /** The bytes of a backup. */
  backup(): AsyncIterable<Uint8Array>;
  close(): void;
}
