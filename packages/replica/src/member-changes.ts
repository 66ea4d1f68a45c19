/**
 * Changes of membership on the member that leads: checked against the applied membership, proposed to raft
 * one at a time, answered when applied here. One that goes through a joint configuration is answered when
 * that is left: by raft itself, and by the next leader where this one does not come to it.
 */
import { CodedError } from "@quorate/base";
import { kvError } from "@quorate/mvcc";
import {
  type ConfChange,
  type ConfChangeType,
  decodeConfChange,
  type Entry,
  leavesJoint,
  type MemberId,
  type Raft,
} from "@quorate/raft";
import type { LeaderCall } from "./leader-calls.ts";
import { encodeMemberContext, type Membership, type MemberView } from "./membership.ts";
import { checkAddition, checkPromotion, checkRemoval, type ReconfigView } from "./reconfig-check.ts";

/** What the changes need of the replica. */
export interface MemberChangesOptions {
  readonly self: MemberId;
  readonly membership: () => Membership;
  readonly raft: Raft;
  /** Whether changes that would endanger the majority are refused. */
  readonly strict: boolean;
  readonly isConnected: (member: MemberId) => boolean;
  /** Whether it has been connected for long enough to be relied on. */
  readonly isStable: (member: MemberId) => boolean;
  readonly wake: () => void;
}

type ChangeCall = LeaderCall & { op: "change-members" };
type ReplaceCall = LeaderCall & { op: "replace-member" };

/** A learner may vote once its log holds this share of the leader's (etcd's readiness). */
const CAUGHT_UP_SHARE = 0.9;

function refused(code: string, message: string): CodedError {
  return new CodedError(code, message);
}

/** The changes of membership that this member carries out while it leads. */
export class MemberChanges {
  readonly #options: MemberChangesOptions;
  #pending:
    | { readonly change: ConfChange; isJoint: boolean; resolve: () => void; reject: (error: Error) => void }
    | undefined;

  constructor(options: MemberChangesOptions) {
    this.#options = options;
  }

  /** Resolves when the change is applied here. Rejects with MEMBER_EXISTS, MEMBER_NOT_FOUND, ... */
  async carryOut(call: ChangeCall | ReplaceCall): Promise<void> {
    const change = call.op === "replace-member" ? this.#replacementOf(call) : this.#changeOf(call);
    if (this.#pending) throw refused("CONF_CHANGE_PENDING", "another change of the membership is under way");
    const outcome = this.#options.raft.proposeConfChange(change);
    if (outcome === "no-leader") throw refused("NOT_LEADER", "this member does not lead");
    if (outcome !== "accepted") {
      throw refused("CONF_CHANGE_PENDING", "another change of the membership is under way");
    }
    const done = new Promise<void>((resolve, reject) => {
      this.#pending = { change, isJoint: false, resolve, reject };
    });
    this.#options.wake();
    await done;
  }

  /**
   * Applies a committed change to raft and the membership; true where this member is no part of the cluster
   * any more.
   */
  apply(entry: Entry, membership: Membership): boolean {
    const change = decodeConfChange(entry.data);
    const { raft, self } = this.#options;
    const wasRemoved = membership.isRemoved(self);
    membership.applyChange(change, raft.applyConfChange(change));
    const pending = this.#pending;
    if (pending && isSame(pending.change, change)) pending.isJoint = change.steps.length > 1;
    const isDone = pending && (pending.isJoint ? leavesJoint(change) : isSame(pending.change, change));
    if (isDone) {
      this.#pending = undefined;
      pending.resolve();
    }
    return !wasRemoved && membership.isRemoved(self);
  }

  leadershipLost(): void {
    this.close(kvError("LEADER_CHANGED"));
  }

  close(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }

  #changeOf(call: ChangeCall): ConfChange {
    const membership = this.#options.membership();
    const id = call.member.toString(16);
    const step = (type: ConfChangeType): ConfChange["steps"] => [{ type, member: call.member }];
    if (call.change === "add" || call.change === "add-learner") {
      this.#checkNew(call, membership.list());
      this.#check((view) => checkAddition(view, call.change === "add-learner"));
      const type = call.change === "add" ? "add-voter" : "add-learner";
      return { steps: step(type), context: contextOf(call) };
    }
    const view = this.#memberOf(call.member);
    if (call.change === "remove") {
      const { voters } = membership.conf;
      if (voters.length === 1 && voters[0] === call.member) {
        throw refused("LAST_VOTER", `member ${id} is the only one that votes: it can't be removed`);
      }
      this.#check((cluster) => checkRemoval(cluster, view));
      return { steps: step("remove"), context: new Uint8Array(0) };
    }
    if (!view.isLearner) throw refused("NOT_A_LEARNER", `member ${id} is not a learner`);
    const { progress } = this.#options.raft.status();
    const own = progress.get(this.#options.self)?.match ?? 0;
    const theirs = progress.get(call.member)?.match ?? 0;
    if (theirs < own * CAUGHT_UP_SHARE) {
      throw refused("LEARNER_NOT_READY", `member ${id} has not caught up with the leader's log yet`);
    }
    this.#check((cluster) => checkPromotion(cluster, view));
    return { steps: step("add-voter"), context: new Uint8Array(0) };
  }

  #replacementOf(call: ReplaceCall): ConfChange {
    const { leaving, member, asLearner } = call;
    const gone = this.#memberOf(leaving);
    const { members } = this.#view();
    const left = members.filter(({ id }) => id !== leaving);
    this.#checkNew(call, left);
    if (asLearner && !gone.isLearner && this.#options.membership().conf.voters.length === 1) {
      const reason = `member ${leaving.toString(16)} is the only one that votes`;
      throw refused("LAST_VOTER", `${reason}: a learner can't take its place, add and promote one first`);
    }
    this.#check((view) => {
      checkRemoval(view, gone);
      checkAddition({ ...view, members: left }, asLearner);
    });
    const steps: ConfChange["steps"] = [
      { type: "remove", member: leaving },
      { type: asLearner ? "add-learner" : "add-voter", member },
    ];
    return { steps, context: contextOf(call) };
  }

  /** Throws MEMBER_NOT_FOUND. */
  #memberOf(member: MemberId): MemberView {
    const membership = this.#options.membership();
    const known = membership.find(member);
    if (!known) throw refused("MEMBER_NOT_FOUND", `member ${member.toString(16)} is not in the cluster`);
    return { ...known, isLearner: membership.isLearner(member) };
  }

  #view(): ReconfigView {
    const { self, isConnected, isStable, membership } = this.#options;
    return { self, isConnected, isStable, members: membership().list() };
  }

  #check(run: (view: ReconfigView) => void): void {
    if (this.#options.strict) run(this.#view());
  }

  /** Throws MEMBER_REMOVED, MEMBER_EXISTS or PEER_URL_EXISTS for one that can't come beside `others`. */
  #checkNew({ member, peerUrls }: NewMember, others: readonly MemberView[]): void {
    const membership = this.#options.membership();
    const id = member.toString(16);
    if (membership.isRemoved(member)) {
      throw refused("MEMBER_REMOVED", `member ${id} was removed before and can't come back under its id`);
    }
    if (membership.find(member)) throw refused("MEMBER_EXISTS", `member ${id} is in the cluster already`);
    for (const other of others) {
      const taken = other.peerUrls.find((url) => peerUrls.includes(url));
      if (taken === undefined) continue;
      throw refused(
        "PEER_URL_EXISTS",
        `the peer URL ${taken} is that of member ${other.id.toString(16)} already`,
      );
    }
  }
}

interface NewMember {
  readonly member: MemberId;
  readonly peerUrls: readonly string[];
}

function contextOf({ member, peerUrls }: NewMember): Uint8Array {
  return encodeMemberContext({ id: member, name: "", peerUrls, clientUrls: [] });
}

function isSame(a: ConfChange, b: ConfChange): boolean {
  const text = (change: ConfChange): string =>
    change.steps.map(({ type, member }) => `${type} ${member}`).join();
  return text(a) === text(b);
}
