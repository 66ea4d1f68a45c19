/**
 * Majorities, of one configuration and of a joint one (both halves must agree). Pure arithmetic over members'
 * values.
 */
import type { ConfState, MemberId } from "./message.ts";

/** What votes have decided. */
export type VoteResult = "won" | "lost" | "pending";

/**
 * The highest value that a majority of `members` has reached; infinite for no members, so that it never holds
 * back.
 */
export function majorityIndex(members: readonly MemberId[], reachedBy: (member: MemberId) => number): number {
  if (members.length === 0) return Number.POSITIVE_INFINITY;
  const values = members.map(reachedBy).sort((a, b) => a - b);
  return values[values.length - (Math.floor(values.length / 2) + 1)]!;
}

/** The highest value that every majority of the configuration has reached. */
export function quorumIndex(conf: ConfState, reachedBy: (member: MemberId) => number): number {
  return Math.min(majorityIndex(conf.voters, reachedBy), majorityIndex(conf.votersOutgoing, reachedBy));
}

function majorityVote(members: readonly MemberId[], votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  if (members.length === 0) return "won";
  let granted = 0;
  let missing = 0;
  for (const member of members) {
    const vote = votes.get(member);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  const needed = Math.floor(members.length / 2) + 1;
  if (granted >= needed) return "won";
  return granted + missing >= needed ? "pending" : "lost";
}

/** What the votes so far decide. */
export function voteResult(conf: ConfState, votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  const incoming = majorityVote(conf.voters, votes);
  const outgoing = majorityVote(conf.votersOutgoing, votes);
  if (incoming === outgoing) return incoming;
  return incoming === "lost" || outgoing === "lost" ? "lost" : "pending";
}

/** Voters of both halves, each once. */
export function allVoters(conf: ConfState): MemberId[] {
  return [...new Set([...conf.voters, ...conf.votersOutgoing])];
}

/** Everybody who gets the log. */
export function allMembers(conf: ConfState): MemberId[] {
  return [...new Set([...conf.voters, ...conf.votersOutgoing, ...conf.learners, ...conf.learnersNext])];
}

/** Whether the member votes in either half. */
export function isVoter(conf: ConfState, member: MemberId): boolean {
  return conf.voters.includes(member) || conf.votersOutgoing.includes(member);
}
