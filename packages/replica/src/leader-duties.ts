/** What the leader does for the cluster on request: lease renewals, membership changes, handing over. */
import { type Clock, CodedError } from "@quorate/base";
import { type KvHash, kvError } from "@quorate/mvcc";
import type { MemberId } from "@quorate/raft";
import type { LeaderCall } from "./leader-calls.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { MemberChanges } from "./member-changes.ts";
import type { Membership } from "./membership.ts";

/** What the duties need of the replica. */
export interface LeaderDutiesOptions {
  readonly self: MemberId;
  readonly clock: Clock;
  /** How long a hand-over may take. */
  readonly transferMs: number;
  readonly leases: LeaseKeeper;
  readonly changes: MemberChanges;
  readonly membership: () => Membership;
  readonly leader: () => MemberId;
  readonly barrier: () => Promise<void>;
  readonly hash: (revision: number) => Promise<KvHash>;
  /** Asks raft to hand over. */
  readonly transfer: (to: MemberId) => void;
}

const LOOK_MS = 10;

/** The calls that LeaderCalls brings to the leader, carried out. */
export class LeaderDuties {
  readonly #options: LeaderDutiesOptions;

  constructor(options: LeaderDutiesOptions) {
    this.#options = options;
  }

  /** Throws NOT_LEADER where this member does not lead (any more). */
  async carryOut(call: LeaderCall): Promise<unknown> {
    const { leases, changes, leader, self, barrier, hash } = this.#options;
    if (call.op === "move-leader") return this.moveLeader(call.member);
    if (call.op === "change-members" || call.op === "replace-member") return changes.carryOut(call);
    // Safety: a leader that was cut off must not extend a lease that its successor lets end.
    await barrier();
    if (call.op === "hash-kv") return hash(call.revision);
    if (leader() !== self) throw new CodedError("NOT_LEADER", "this member does not lead");
    return call.op === "lease-renew" ? leases.renew(call.lease) : leases.remainingSeconds(call.lease);
  }

  /** Resolves when `to` leads. Throws BAD_LEADER_TRANSFEREE, or TIMEOUT where it does not come to that. */
  async moveLeader(to: MemberId): Promise<void> {
    const { membership, self, transfer, clock, transferMs, leader } = this.#options;
    if (!membership().conf.voters.includes(to)) {
      throw new CodedError("BAD_LEADER_TRANSFEREE", `member ${to.toString(16)} is not a voting member`);
    }
    if (to === self) return;
    transfer(to);
    const end = clock.now() + transferMs;
    while (leader() !== to) {
      if (clock.now() > end) throw kvError("TIMEOUT");
      await new Promise<void>((resolve) => clock.setTimer(LOOK_MS, resolve));
    }
  }

  /**
   * Before a clean stop: hands over to the voter among `candidates` that has most of the log. Never rejects.
   */
  async handOver(
    candidates: readonly { readonly id: MemberId; readonly match: number }[],
    note: (line: string) => void,
  ): Promise<void> {
    const { self, membership } = this.#options;
    const { voters } = membership().conf;
    const [best] = candidates
      .filter(({ id }) => id !== self && voters.includes(id))
      .sort((a, b) => b.match - a.match);
    if (!best) return;
    note(`handing the leadership over to member ${best.id.toString(16)}`);
    await this.moveLeader(best.id).catch((error: Error) => note(`handing over failed: ${error.message}`));
  }
}
