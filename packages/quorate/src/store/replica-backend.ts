/** The EtcdBackend of a replica in the same thread: what the etcd surface asks, answered without a hop. */
import { setTimeout as delay } from "node:timers/promises";
import { CodedError, hasCode } from "@quorate/base";
import type { EtcdBackend } from "@quorate/etcd-api";
import type { CallOptions, MemberStatus, Membership, NewMember, RequestLimits } from "@quorate/mvcc";
import { memberIdOf, type Replica, ReplicaKv } from "@quorate/replica";
import { etcdSnapshot } from "../backup/etcd-snapshot.ts";
import { logMetrics } from "../member/store-metrics.ts";

/** etcd's default where no quota is set. */
const QUOTA_BYTES = 2 * 2 ** 30;
const LOOK_MS = 5;

/** What the cluster is asked to keep to. */
export interface BackendLimits extends RequestLimits {
  /** --max-learners */
  readonly learnersMax: number;
}

interface MemberChange {
  readonly change: "add" | "add-learner" | "remove" | "promote";
  readonly member: bigint;
  readonly peerUrls: readonly string[];
}

/** The members, by the leader's calls and the applied state. */
class ReplicaMembership implements Membership {
  readonly #replica: Replica;
  readonly #learnersMax: number;

  constructor(replica: Replica, learnersMax: number) {
    this.#replica = replica;
    this.#learnersMax = learnersMax;
  }

  async list(linearizable: boolean, options: CallOptions = {}): Promise<readonly MemberStatus[]> {
    if (linearizable) await this.#replica.barrier(options);
    return this.#replica.state.membership.list();
  }

  async add({ peerUrls, isLearner }: NewMember, options: CallOptions = {}): Promise<MemberStatus> {
    const replica = this.#replica;
    const learners = replica.state.membership.list().filter((member) => member.isLearner);
    if (isLearner && learners.length >= this.#learnersMax) {
      throw new CodedError("TOO_MANY_LEARNERS", `the cluster has ${learners.length} learners already`);
    }
    const id = memberIdOf(peerUrls, "", Math.floor(Date.now() / 1000));
    const change = isLearner ? "add-learner" : "add";
    await this.#change({ change, member: id, peerUrls }, options);
    return { id, name: "", peerUrls, clientUrls: [], isLearner };
  }

  async remove(id: bigint, options: CallOptions = {}): Promise<void> {
    if (this.#replica.state.membership.isRemoved(id)) {
      throw new CodedError("MEMBER_NOT_FOUND", `member ${id.toString(16)} was removed`);
    }
    await this.#change({ change: "remove", member: id, peerUrls: [] }, options);
  }

  async update(id: bigint, peerUrls: readonly string[], options: CallOptions = {}): Promise<void> {
    const replica = this.#replica;
    await replica.barrier(options);
    const { membership } = replica.state;
    const known = membership.find(id);
    if (!known) throw new CodedError("MEMBER_NOT_FOUND", `member ${id.toString(16)} is not in the cluster`);
    for (const other of membership.list()) {
      if (other.id === id || !other.peerUrls.some((url) => peerUrls.includes(url))) continue;
      throw new CodedError("PEER_URL_EXISTS", `member ${other.id.toString(16)} has that peer URL already`);
    }
    await replica.propose({ op: "member-update", member: { ...known, peerUrls } }, options);
  }

  promote(id: bigint, options: CallOptions = {}): Promise<void> {
    return this.#change({ change: "promote", member: id, peerUrls: [] }, options);
  }

  async moveLeader(to: bigint, options: CallOptions = {}): Promise<void> {
    await this.#replica.askLeader({ op: "move-leader", member: to }, options);
  }

  /**
   * Has the leader make the change; resolves when it is applied here, which also tells of it where the leader
   * can't.
   */
  async #change({ change, member, peerUrls }: MemberChange, options: CallOptions): Promise<void> {
    const isSeen = (members: readonly MemberStatus[]): boolean => {
      const found = members.find(({ id }) => id === member);
      if (change === "remove") return !found;
      return change === "promote" ? found?.isLearner === false : found !== undefined;
    };
    const request = { op: "change-members", change, member, peerUrls } as const;
    // Nothing will be seen of it: the leader says that there is no such member.
    const isUnknown = change === "remove" && isSeen(this.#replica.state.membership.list());
    if (isUnknown) {
      await this.#replica.askLeader(request, options);
      return;
    }
    let refusal: unknown;
    this.#replica.askLeader(request, options).catch((error: unknown) => {
      // Whoever removes itself can't answer any more: what is seen here tells.
      if (!hasCode(error, "STOPPED") && !hasCode(error, "LEADER_CHANGED")) refusal = error;
    });
    // No read barrier: a member that was added but does not run yet may have taken the quorum with it.
    const end = performance.now() + (options.timeoutMs ?? this.#replica.requestTimeoutMs);
    while (!isSeen(this.#replica.state.membership.list())) {
      if (refusal !== undefined) throw refusal;
      if (performance.now() > end) throw new CodedError("TIMEOUT", "request timed out");
      await delay(LOOK_MS);
    }
  }
}

/** The backend of `replica`; closing it is closing the replica. */
export function replicaBackend(replica: Replica, limits: BackendLimits): EtcdBackend {
  const kv = new ReplicaKv(replica, limits);
  return {
    kv,
    membership: new ReplicaMembership(replica, limits.learnersMax),
    store: () => replica.store,
    propose: (command, options) => replica.propose(command, options),
    hasLeader: () => replica.leader !== 0n,
    isLeader: () => replica.leader === replica.id,
    isLearner: () => replica.state.membership.isLearner(replica.id),
    snapshot: () => etcdSnapshot(replica.state.disk),
    metrics: () => logMetrics(replica.status()),
    dbSize: async () => ({
      bytes: await replica.state.disk.sizeBytes(),
      quotaBytes: replica.options.quotaBytes || QUOTA_BYTES,
    }),
  };
}
