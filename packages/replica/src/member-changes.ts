/**
 * Changes of membership on the member that leads: checked against the applied membership, proposed to raft
 * one at a time, answered when applied here.
 */
import { CodedError } from "@quorate/base";
import { kvError } from "@quorate/mvcc";
import {
  type ConfChange,
  type ConfChangeType,
  decodeConfChange,
  type Entry,
  type MemberId,
  type Raft,
} from "@quorate/raft";
import type { LeaderCall } from "./leader-calls.ts";
import { encodeMemberContext, type Membership } from "./membership.ts";
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

/** A learner may vote once its log holds this share of the leader's (etcd's readiness). */
const CAUGHT_UP_SHARE = 0.9;

function refused(code: string, message: string): CodedError {
  return new CodedError(code, message);
}

/** The changes of membership that this member carries out while it leads. */
export class MemberChanges {
  readonly #options: MemberChangesOptions;
  #pending: { readonly change: ConfChange; resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(options: MemberChangesOptions) {
    this.#options = options;
  }

  /** Resolves when the change is applied here. Rejects with MEMBER_EXISTS, MEMBER_NOT_FOUND, ... */
  async carryOut(call: ChangeCall): Promise<void> {
    const change = this.#changeOf(call);
    if (this.#pending) throw refused("CONF_CHANGE_PENDING", "another change of the membership is under way");
    const outcome = this.#options.raft.proposeConfChange(change);
    if (outcome === "no-leader") throw refused("NOT_LEADER", "this member does not lead");
    if (outcome !== "accepted") {
      throw refused("CONF_CHANGE_PENDING", "another change of the membership is under way");
    }
    const done = new Promise<void>((resolve, reject) => {
      this.#pending = { change, resolve, reject };
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
    membership.applyChange(change, this.#options.raft.applyConfChange(change));
    const pending = this.#pending;
    if (pending && isSame(pending.change, change)) {
      this.#pending = undefined;
      pending.resolve();
    }
    return change.steps.some(({ type, member }) => type === "remove" && member === this.#options.self);
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
    const known = membership.find(call.member);
    const id = call.member.toString(16);
    const step = (type: ConfChangeType): ConfChange["steps"] => [{ type, member: call.member }];
    if (call.change === "add" || call.change === "add-learner") {
      if (membership.isRemoved(call.member)) {
        throw refused("MEMBER_REMOVED", `member ${id} was removed before and can't come back under its id`);
      }
      if (known) throw refused("MEMBER_EXISTS", `member ${id} is in the cluster already`);
      this.#checkUrls(call);
      this.#check((view) => checkAddition(view, call.change === "add-learner"));
      const member = { id: call.member, name: "", peerUrls: call.peerUrls, clientUrls: [] };
      const type = call.change === "add" ? "add-voter" : "add-learner";
      return { steps: step(type), context: encodeMemberContext(member) };
    }
    if (!known) throw refused("MEMBER_NOT_FOUND", `member ${id} is not in the cluster`);
    const view = { ...known, isLearner: membership.isLearner(call.member) };
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

  #check(run: (view: ReconfigView) => void): void {
    const { strict, self, isConnected, isStable, membership } = this.#options;
    if (strict) run({ self, isConnected, isStable, members: membership().list() });
  }

  #checkUrls(call: ChangeCall): void {
    for (const member of this.#options.membership().list()) {
      const taken = member.peerUrls.find((url) => call.peerUrls.includes(url));
      if (taken === undefined) continue;
      throw refused(
        "PEER_URL_EXISTS",
        `the peer URL ${taken} is that of member ${member.id.toString(16)} already`,
      );
    }
  }
}

function isSame(a: ConfChange, b: ConfChange): boolean {
  const text = (change: ConfChange): string =>
    change.steps.map(({ type, member }) => `${type} ${member}`).join();
  return text(a) === text(b);
}
