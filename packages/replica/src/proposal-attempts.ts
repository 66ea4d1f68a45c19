/**
 * Hands proposals to the leader of a term: to raft where this member leads, to the leading member otherwise.
 * And takes those that other members hand to this one. Together with ProposalQueue this is what keeps a
 * command from being appended twice.
 */
import type { MemberId } from "@quorate/raft";
import { decodeCommand } from "./command-codec.ts";
import type { PeerMessage } from "./peer-transport.ts";
import { decodeProposal, splitProposals } from "./proposal-codec.ts";
import type { ProposalQueue } from "./proposal-queue.ts";

/** Bound: lives of a member whose attempts are told apart; messages of one more are not on their way any more. */
const SESSIONS_MAX = 8;

/** What the attempts need of the replica. */
export interface ProposalAttemptsOptions {
  readonly self: MemberId;
  /** Differs between the lives of a member. */
  readonly session: number;
  readonly queue: ProposalQueue;
  readonly raft: () => { readonly term: number; readonly leader: MemberId; readonly role: string };
  /** Appends to raft's log as the leader; false where raft takes nothing: it does not lead, or hands over. */
  readonly append: (entries: readonly Uint8Array[]) => boolean;
  readonly isConnected: (member: MemberId) => boolean;
  /** False where the message was certainly not sent. */
  readonly send: (to: MemberId, message: PeerMessage) => boolean;
}

/** The attempts of this member, and those that others make with it. */
export class ProposalAttempts {
  readonly #options: ProposalAttemptsOptions;
  /**
   * The newest attempt of each life of each member, so that one that comes twice is not appended twice. Those
   * of an earlier life may still be on their way when the next begins.
   */
  readonly #seen = new Map<MemberId, Map<number, number>>();
  /** Whom the last attempt was sent to. */
  #sentTo: MemberId = 0n;

  constructor(options: ProposalAttemptsOptions) {
    this.#options = options;
  }

  /** Attempts what waits, where there is a leader to take it. */
  flush(): void {
    const { queue, raft, self, isConnected } = this.#options;
    if (!queue.hasWaiting) return;
    const { term, leader, role } = raft();
    if (role === "leader") this.#attemptHere(term);
    else if (leader !== 0n && leader !== self && isConnected(leader)) this.#attemptThere(leader, term);
  }

  /** Another member hands its proposals to this one. */
  received(from: MemberId, attempt: PeerMessage & { kind: "propose" }): void {
    const { raft, append, send } = this.#options;
    const { session, sequence } = attempt;
    // Safety: a message that comes twice, or late, must not be appended again. One that was refused and comes
    // again is not answered either: it is tried again in the next term.
    if (!this.#isNew(from, session, sequence)) return;
    const { role, term } = raft();
    // Safety: an attempt is valid in its own term only; the sender counts on that when it tries again.
    const isOurs = role === "leader" && term === attempt.term;
    if (!isOurs || !append(readable(attempt.data))) send(from, { kind: "refused", session, sequence });
  }

  /** The connection with a member broke: what was sent to it may not have arrived. */
  lost(member: MemberId): void {
    if (member === this.#sentTo) this.#options.queue.doubt();
  }

  refused(message: PeerMessage & { kind: "refused" }): void {
    if (message.session === this.#options.session) this.#options.queue.refused(message.sequence);
  }

  #isNew(from: MemberId, session: number, sequence: number): boolean {
    let sessions = this.#seen.get(from);
    if (!sessions) {
      sessions = new Map();
      this.#seen.set(from, sessions);
    }
    if (sequence <= (sessions.get(session) ?? 0)) return false;
    sessions.set(session, sequence);
    if (sessions.size > SESSIONS_MAX) sessions.delete(sessions.keys().next().value!);
    return true;
  }

  #attemptHere(term: number): void {
    const { queue, append } = this.#options;
    for (;;) {
      const attempt = queue.takeAttempt(term);
      if (!attempt) return;
      if (append(splitProposals(attempt.data))) continue;
      queue.refused(attempt.sequence);
      return;
    }
  }

  #attemptThere(leader: MemberId, term: number): void {
    const { queue, session, send } = this.#options;
    this.#sentTo = leader;
    // Safety: first, since a leader takes attempts in the order of their numbers only.
    const isRepeated = queue.repeat(term, ({ sequence, data }) =>
      send(leader, { kind: "propose", term, session, sequence, data }),
    );
    if (!isRepeated) return;
    for (;;) {
      const attempt = queue.takeAttempt(term);
      if (!attempt) return;
      const { sequence, data } = attempt;
      if (send(leader, { kind: "propose", term, session, sequence, data })) continue;
      queue.refused(sequence);
      return;
    }
  }
}

/**
 * The entries of an attempt. Safety: what can't be read would stop every member that applies it, so it is
 * never logged.
 */
function readable(data: Uint8Array): readonly Uint8Array[] {
  const entries = splitProposals(data);
  for (const entry of entries) decodeCommand(decodeProposal(entry).command);
  return entries;
}
