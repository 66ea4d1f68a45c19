/**
 * A learner that asks to be promoted as soon as it has caught up, where it was started so: the leader says whether it
 * has, and is asked again until it has.
 */
import type { MemberId } from "@quorate/raft";
import type { LeaderCall } from "./leader-calls.ts";
import type { Membership } from "./membership.ts";

/** What the promotion needs of the replica. */
export interface SelfPromotionOptions {
  readonly self: MemberId;
  readonly membership: () => Membership;
  readonly ask: (call: LeaderCall) => Promise<unknown>;
  readonly note: (line: string) => void;
}

const RETRY_MS = 1000;

/** The wish of one member. */
export class SelfPromotion {
  readonly #options: SelfPromotionOptions;
  #nextAt = 0;
  #underWay = false;

  constructor(options: SelfPromotionOptions) {
    this.#options = options;
  }

  /** Asks where that is due; called with every tick while there is a leader. */
  tick(now: number): void {
    const { self, membership, ask, note } = this.#options;
    if (this.#underWay || now < this.#nextAt || !membership().isLearner(self)) return;
    this.#underWay = true;
    this.#nextAt = now + RETRY_MS;
    ask({ op: "change-members", change: "promote", member: self, peerUrls: [] }).then(
      () => {
        this.#underWay = false;
        note("this member has caught up and votes from now on");
      },
      () => {
        this.#underWay = false;
      },
    );
  }
}
