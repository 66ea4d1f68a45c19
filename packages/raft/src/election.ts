/**
 * Campaigns and votes (sections 5.2, 5.4.1, 9.6; dissertation 4.2.3 for the leader's lease against
 * disruption).
 */
import type { Core } from "./core.ts";
import { type Message, NO_MEMBER } from "./message.ts";
import { allVoters, voteResult } from "./quorum.ts";
import { broadcastAppend } from "./replication.ts";

/** Why a member asks for votes: to find out whether it would win, to win, or since it was told to take over. */
export type CampaignKind = "pre-vote" | "vote" | "transfer";

/** Starts a campaign where this member may: with a pre-vote unless leadership was handed over. */
export function hup(core: Core, kind: CampaignKind): void {
  if (core.role === "leader" || !core.isPromotable) return;
  if (hasUnappliedConfChange(core)) return;
  campaign(core, kind);
}

/** A configuration change that is committed and not applied yet: this member may not know who votes. */
function hasUnappliedConfChange(core: Core): boolean {
  const { log } = core;
  for (let index = log.applied + 1; index <= log.committed; ) {
    const entries = log.entries(index, log.committed + 1, 1 << 20);
    if (entries.some((entry) => entry.type === "conf")) return true;
    index += entries.length;
  }
  return false;
}

function campaign(core: Core, kind: CampaignKind): void {
  if (core.hurriedCampaigns > 0) core.hurriedCampaigns--;
  if (kind === "pre-vote") core.becomePreCandidate();
  else core.becomeCandidate();
  const type = kind === "pre-vote" ? "pre-vote" : "vote";
  const term = kind === "pre-vote" ? core.term + 1 : core.term;
  for (const to of allVoters(core.conf)) {
    if (to === core.id) {
      // Its own pre-vote has no disk to wait for.
      if (kind !== "pre-vote") core.send({ type: "vote-resp", to, term });
      continue;
    }
    const { lastIndex: index, lastTerm: logTerm } = core.log;
    core.send({ type, to, term, index, logTerm, ...(kind === "transfer" ? { force: true } : {}) });
  }
  if (kind === "pre-vote") countVote(core, { type: "pre-vote-resp", from: core.id, to: core.id, term });
}

/** A vote came in; acts on the outcome once it is decided. */
export function countVote(core: Core, message: Message): void {
  const pre = message.type === "pre-vote-resp";
  if (core.role !== (pre ? "pre-candidate" : "candidate")) return;
  if (!core.votes.has(message.from)) core.votes.set(message.from, message.reject !== true);
  const result = voteResult(core.conf, core.votes);
  if (result === "won") {
    if (pre) campaign(core, "vote");
    else {
      core.becomeLeader();
      broadcastAppend(core);
    }
  } else if (result === "lost") {
    core.becomeFollower(core.term, NO_MEMBER);
  }
}

/** Whether a vote request is to be ignored because a leader was heard of within the election timeout. */
export function holdsLease(core: Core): boolean {
  return core.leader !== NO_MEMBER && core.electionElapsed < core.config.electionTicks;
}

/** How long a pre-candidate claims precedence: about as long as pre-votes can cross. */
const CROSSING_TICKS = 2;

/**
 * Whether a pre-vote crosses our own of equal right, so that granting it would split the vote: the lower id goes
 * first. Only for a moment, since we might never win and the other might.
 */
function crosses(core: Core, message: Message): boolean {
  return (
    message.type === "pre-vote" &&
    core.role === "pre-candidate" &&
    core.electionElapsed < CROSSING_TICKS &&
    core.id < message.from &&
    core.log.lastIndex === message.index &&
    core.log.lastTerm === message.logTerm
  );
}

/** Answers a vote or pre-vote request of our term or a later one. */
export function answerVote(core: Core, message: Message): void {
  const pre = message.type === "pre-vote";
  const type = pre ? "pre-vote-resp" : "vote-resp";
  const isFree =
    core.vote === message.from ||
    (core.vote === NO_MEMBER && core.leader === NO_MEMBER) ||
    (pre && message.term > core.term);
  if (isFree && core.log.isUpToDate(message.index ?? 0, message.logTerm ?? 0) && !crosses(core, message)) {
    // The answer to a pre-vote carries the term asked for: ours may be lower and would be ignored.
    core.send({ type, to: message.from, term: message.term });
    if (!pre) {
      core.vote = message.from;
      core.electionElapsed = 0;
      core.leaveTimeToCandidate();
    }
    return;
  }
  core.send({ type, to: message.from, term: core.term, reject: true });
  // It would never get this member's vote, and nobody leads: no need to wait for the timeout.
  if (pre && isFree && core.leader === NO_MEMBER && core.role === "follower") hup(core, "pre-vote");
}
