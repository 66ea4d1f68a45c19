/** The leader's sending and counting (sections 5.3, 5.4.2): appends, snapshots, commit, confirmed reads. */
import type { Core } from "./core.ts";
import type { MemberId } from "./message.ts";
import type { Progress } from "./progress.ts";
import { allMembers, quorumIndex } from "./quorum.ts";
import type { ReadRequest } from "./read-queue.ts";

/** Sends what a follower lacks; `evenEmpty` also tells it nothing new, to move its commit or as a probe. */
export function sendAppend(core: Core, to: MemberId, evenEmpty = true): boolean {
  const progress = core.progress.get(to);
  if (!progress || progress.isPaused || to === core.id) return false;
  const previous = progress.next - 1;
  const logTerm = core.log.term(previous);
  if (logTerm === undefined || progress.next < core.log.firstIndex) return sendSnapshot(core, to, progress);
  const windowFull = progress.state === "replicate" && progress.inflights.isFull;
  const entries = windowFull
    ? []
    : core.log.entries(progress.next, core.log.lastIndex + 1, core.config.entryBytesMax);
  if (entries.length === 0 && !evenEmpty) return false;
  core.send({ type: "app", to, index: previous, logTerm, entries, commit: core.log.committed });
  progress.toldCommit = core.log.committed;
  let bytes = 0;
  for (const entry of entries) bytes += entry.data.length;
  progress.sent(entries.length, bytes);
  return true;
}

function sendSnapshot(core: Core, to: MemberId, progress: Progress): boolean {
  if (!progress.recentActive) return false;
  const snapshot = core.log.snapshotForFollower();
  if (snapshot.index === 0) return false;
  progress.becomeSnapshot(snapshot.index);
  core.send({ type: "snap", to, snapshot });
  return true;
}

/** Sends every follower what it lacks, or where the commit stands. */
export function broadcastAppend(core: Core): void {
  for (const member of core.progress.keys()) if (member !== core.id) sendAppend(core, member);
}

/**
 * Tells where the commit stands to those whom no append has told yet. Called once for all messages of a turn:
 * what is proposed in it carries the commit along.
 */
export function tellCommit(core: Core): void {
  for (const [member, progress] of core.progress) {
    if (member !== core.id && progress.toldCommit < core.log.committed) sendAppend(core, member);
  }
}

/** Heartbeats carry no more commit than the follower is known to have, and the latest read round. */
export function broadcastHeartbeat(core: Core): void {
  const context = core.reads.hasWaiting ? BigInt(core.reads.round) : undefined;
  for (const [to, progress] of core.progress) {
    if (to === core.id) continue;
    const commit = Math.min(progress.match, core.log.committed);
    core.send({ type: "heartbeat", to, commit, ...(context === undefined ? {} : { context }) });
  }
}

/** Moves the commit on where a quorum has an entry of this term; true where it moved. */
export function maybeCommit(core: Core): boolean {
  const index = quorumIndex(core.conf, (member) => core.progress.get(member)?.match ?? 0);
  if (!Number.isFinite(index) || index <= core.log.committed) return false;
  // Safety: an entry of an earlier term is never committed by counting (section 5.4.2, figure 8).
  if (core.log.term(index) !== core.term) return false;
  core.log.commitTo(index);
  return true;
}

/** Whether an entry of the present term is committed: before that a leader knows no read point. */
export function hasCommittedInTerm(core: Core): boolean {
  return core.log.term(core.log.committed) === core.term;
}

/** Takes a read request in, at the leader. */
export function requestRead(core: Core, request: ReadRequest): void {
  if (isAlone(core)) {
    if (hasCommittedInTerm(core)) answerRead(core, request, core.log.committed);
    else core.reads.postpone(request);
    return;
  }
  if (!hasCommittedInTerm(core)) {
    core.reads.postpone(request);
    return;
  }
  core.reads.add(request, core.log.committed);
  broadcastHeartbeat(core);
}

/** Whether this member is the only one that votes. */
export function isAlone(core: Core): boolean {
  const { voters, votersOutgoing } = core.conf;
  return voters.length === 1 && votersOutgoing.length === 0 && voters[0] === core.id;
}

/** Answers the reads that a quorum has confirmed. */
export function answerConfirmedReads(core: Core): void {
  const round = quorumIndex(core.conf, (member) =>
    member === core.id ? Number.MAX_SAFE_INTEGER : core.reads.ackedRound(member),
  );
  for (const read of core.reads.confirmed(round)) answerRead(core, read, read.index);
}

function answerRead(core: Core, request: ReadRequest, index: number): void {
  if (request.from === core.id) core.readStates.push({ index, context: request.context });
  else core.send({ type: "read-index-resp", to: request.from, index, context: request.context });
}

/** Begins a round for the reads that waited for the first commit of the term. */
export function releasePostponedReads(core: Core): void {
  if (!hasCommittedInTerm(core)) return;
  const postponed = core.reads.takePostponed();
  if (postponed.length === 0) return;
  if (isAlone(core)) {
    for (const request of postponed) answerRead(core, request, core.log.committed);
    return;
  }
  for (const request of postponed) core.reads.add(request, core.log.committed);
  broadcastHeartbeat(core);
}

/** Whether a quorum was heard of since the last check; forgets what it knew. */
export function quorumIsActive(core: Core): boolean {
  const active = quorumIndex(core.conf, (member) =>
    member === core.id || core.progress.get(member)?.recentActive ? 1 : 0,
  );
  for (const member of allMembers(core.conf)) {
    const progress = core.progress.get(member);
    if (progress && member !== core.id) progress.recentActive = false;
  }
  return active >= 1;
}
