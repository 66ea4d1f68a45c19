/** What comes from the peers, taken to where it belongs. */
import { CodedError, hasCode } from "@quorate/base";
import type { MemberId, Raft } from "@quorate/raft";
import type { LeaderCalls } from "./leader-calls.ts";
import type { PeerMessage, PeerRefusal } from "./peer-transport.ts";
import type { ProposalAttempts } from "./proposal-attempts.ts";

/** The parts of a replica that peers speak to. */
export interface PeerInboxOptions {
  readonly self: MemberId;
  readonly raft: Raft;
  readonly attempts: ProposalAttempts;
  readonly calls: LeaderCalls;
  readonly isRemoved: (member: MemberId) => boolean;
  readonly note: (line: string) => void;
}

/** Takes messages in; the replica guards and wakes. */
export class PeerInbox {
  readonly #options: PeerInboxOptions;

  constructor(options: PeerInboxOptions) {
    this.#options = options;
  }

  /**
   * A message that can't be read is dropped alone; whatever else is thrown is an invariant that does not
   * hold.
   */
  receive(from: MemberId, messages: readonly PeerMessage[]): void {
    if (this.#options.isRemoved(from)) return;
    for (const one of messages) {
      try {
        this.#receiveOne(from, one);
      } catch (error) {
        if (!hasCode(error, "MALFORMED_FRAME")) throw error;
        this.#options.note(`a message of member ${from.toString(16)} was dropped: ${error.message}`);
      }
    }
  }

  /** The connection with a member broke: if it led, an election starts at once (decision 10). */
  lost(member: MemberId, leader: MemberId): void {
    const { raft, attempts } = this.#options;
    attempts.lost(member);
    raft.reportUnreachable(member);
    if (member === leader) raft.loseLeader(member);
  }

  /** Messages for the member were dropped. */
  unreachable(member: MemberId): void {
    this.#options.raft.reportUnreachable(member);
  }

  /** The error that a peer's refusal ends this member with; undefined where it may be over later. */
  fatalRefusal(by: MemberId, refusal: PeerRefusal, reason: string): CodedError | undefined {
    if (refusal === "DIRECTORY_REPLACED") {
      return new CodedError("DIRECTORY_REPLACED", `member ${by.toString(16)} refuses this member: ${reason}`);
    }
    if (refusal !== "MEMBER_REMOVED") return undefined;
    const message = `this member was removed from the cluster (says member ${by.toString(16)}): ${reason}`;
    return new CodedError("MEMBER_REMOVED", message);
  }

  #receiveOne(from: MemberId, one: PeerMessage): void {
    const { self, raft, attempts, calls } = this.#options;
    if (one.kind === "raft") {
      const { message } = one;
      if (message.to === self && message.type !== "snap") raft.step(message);
    } else if (one.kind === "propose") attempts.received(from, one);
    else if (one.kind === "refused") attempts.refused(one);
    else if (one.kind === "ask") calls.asked(from, one);
    else calls.answered(one);
  }
}
