/** What a follower or a candidate does with a message. */
import type { Core } from "./core.ts";
import { countVote, hup } from "./election.ts";
import { type Message, NO_MEMBER, type SnapshotMeta } from "./message.ts";
import { allMembers, isVoter } from "./quorum.ts";

/** Takes a message in while votes are being asked for. */
export function stepCandidate(core: Core, message: Message): void {
  switch (message.type) {
    case "app":
    case "heartbeat":
    case "snap":
      // A leader of our term exists: whoever asked for votes follows it.
      core.becomeFollower(message.term, message.from);
      stepFollower(core, message);
      break;
    case "vote-resp":
    case "pre-vote-resp":
      countVote(core, message);
      break;
    default:
      break;
  }
}

/** Takes a message in while somebody else leads, or nobody. */
export function stepFollower(core: Core, message: Message): void {
  switch (message.type) {
    case "app":
      followLeader(core, message);
      append(core, message);
      break;
    case "heartbeat":
      followLeader(core, message);
      core.log.commitTo(Math.min(message.commit ?? 0, core.log.lastIndex));
      core.send({
        type: "heartbeat-resp",
        to: message.from,
        ...(message.context === undefined ? {} : { context: message.context }),
      });
      break;
    case "snap":
      followLeader(core, message);
      receiveSnapshot(core, message.from, message.snapshot!);
      break;
    case "prop":
    case "read-index":
    case "transfer-leader":
      // Passed on once: the leader takes it, or its sender times out.
      if (core.leader !== NO_MEMBER && core.leader !== message.from) forward(core, message);
      break;
    case "timeout-now":
      hup(core, "transfer");
      break;
    case "read-index-resp":
      core.readStates.push({ index: message.index ?? 0, context: message.context ?? 0n });
      break;
    default:
      break;
  }
}

function forward(core: Core, message: Message): void {
  core.messages.push({ ...message, to: core.leader });
}

function followLeader(core: Core, message: Message): void {
  core.electionElapsed = 0;
  core.leader = message.from;
  core.hurriedCampaigns = 0;
  core.earlyPreVote = undefined;
}

function append(core: Core, message: Message): void {
  const index = message.index ?? 0;
  if (index < core.log.committed) {
    core.send({ type: "app-resp", to: message.from, index: core.log.committed });
    return;
  }
  const last = core.log.maybeAppend(index, message.logTerm ?? 0, message.commit ?? 0, message.entries ?? []);
  if (last !== undefined) {
    core.send({ type: "app-resp", to: message.from, index: last });
    return;
  }
  const hint = core.log.findConflictByTerm(Math.min(index, core.log.lastIndex), message.logTerm ?? 0);
  core.send({
    type: "app-resp",
    to: message.from,
    index,
    reject: true,
    rejectHint: hint.index,
    logTerm: hint.term,
  });
}

function receiveSnapshot(core: Core, from: bigint, snapshot: SnapshotMeta): void {
  if (!restores(core, snapshot)) {
    core.send({ type: "app-resp", to: from, index: core.log.committed });
    return;
  }
  core.log.restore(snapshot);
  core.conf = snapshot.conf;
  core.send({ type: "app-resp", to: from, index: snapshot.index });
}

/** Whether the snapshot is newer than what is here, and meant for a member of its configuration. */
function restores(core: Core, snapshot: SnapshotMeta): boolean {
  if (snapshot.index <= core.log.committed) return false;
  if (!allMembers(snapshot.conf).includes(core.id)) return false;
  if (core.log.matches(snapshot.index, snapshot.term)) {
    // We have the entries: only the commit moves. A member that is not a voter here yet takes the snapshot
    // all the same.
    if (isVoter(core.conf, core.id) || !isVoter(snapshot.conf, core.id)) {
      core.log.commitTo(snapshot.index);
      return false;
    }
  }
  return true;
}
