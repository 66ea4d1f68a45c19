/**
 * The `Membership` port: who the members of the cluster are, and how that changes. What etcd's Cluster
 * service and the member commands need of whoever drives consensus.
 */
import type { CallOptions, MemberStatus } from "./kv.ts";

/** A cluster's members. Ids are never used again. */
export interface Membership {
  /** With `linearizable`, as of a point at least as new as every acknowledged change. */
  list(linearizable: boolean, options?: CallOptions): Promise<readonly MemberStatus[]>;
  /**
   * Rejects with PEER_URL_EXISTS, BAD_MEMBER_URLS, TOO_MANY_LEARNERS, NOT_ENOUGH_STARTED,
   * CONF_CHANGE_PENDING.
   */
  add(member: NewMember, options?: CallOptions): Promise<MemberStatus>;
  /** Rejects with MEMBER_NOT_FOUND, NOT_ENOUGH_STARTED. */
  remove(id: bigint, options?: CallOptions): Promise<void>;
  /** New peer URLs. Rejects with MEMBER_NOT_FOUND, PEER_URL_EXISTS. */
  update(id: bigint, peerUrls: readonly string[], options?: CallOptions): Promise<void>;
  /** A learner becomes a voter. Rejects with MEMBER_NOT_FOUND, NOT_A_LEARNER, LEARNER_NOT_READY. */
  promote(id: bigint, options?: CallOptions): Promise<void>;
  /**
   * Asks the leader, which this member must be, to hand over. Rejects with NOT_LEADER, BAD_LEADER_TRANSFEREE.
   */
  moveLeader(to: bigint, options?: CallOptions): Promise<void>;
}

/** A member to be added; its id is made of its URLs and the cluster. */
export interface NewMember {
  readonly peerUrls: readonly string[];
  readonly isLearner: boolean;
}
