/** What a leader does with a message. */
import { decodeConfChange, isJoint, leavesJoint } from "./conf-change.ts";
import { type Core, EMPTY } from "./core.ts";
import { type Entry, type Message, NO_MEMBER } from "./message.ts";
import { isVoter } from "./quorum.ts";
import {
  answerConfirmedReads,
  broadcastAppend,
  maybeCommit,
  releasePostponedReads,
  requestRead,
  sendAppend,
} from "./replication.ts";

/** What became of a proposal; "accepted" is no promise of a commit. */
export type ProposeResult = "accepted" | "no-leader" | "dropped";

/** Takes a message in while this member leads. */
export function stepLeader(core: Core, message: Message): void {
  switch (message.type) {
    case "prop":
      propose(core, message.entries ?? []);
      break;
    case "read-index":
      requestRead(core, { from: message.from, context: message.context ?? 0n });
      break;
    case "app-resp":
      appended(core, message);
      break;
    case "heartbeat-resp":
      heartbeatAnswered(core, message);
      break;
    case "transfer-leader":
      transfer(core, message);
      break;
    default:
      break;
  }
}

/** Appends proposals as the leader; "dropped" while leadership is handed over or too much is uncommitted. */
export function propose(core: Core, drafts: readonly Pick<Entry, "type" | "data">[]): ProposeResult {
  if (core.transferee !== NO_MEMBER || !core.progress.has(core.id)) return "dropped";
  const checked = drafts.map((draft, at) => {
    if (draft.type !== "conf") return draft;
    const index = core.log.lastIndex + at + 1;
    if (!mayProposeConfChange(core, draft.data)) return { type: "normal" as const, data: EMPTY };
    core.pendingConfIndex = index;
    return draft;
  });
  if (!core.appendEntries(checked)) return "dropped";
  broadcastAppend(core);
  return "accepted";
}

/**
 * One configuration change at a time, and a joint configuration is left before anything else (section 4.3).
 */
export function mayProposeConfChange(core: Core, data: Uint8Array): boolean {
  if (core.pendingConfIndex > core.log.applied) return false;
  const leaving = leavesJoint(decodeConfChange(data));
  return isJoint(core.conf) === leaving;
}

function appended(core: Core, message: Message): void {
  const progress = core.progress.get(message.from);
  if (!progress) return;
  progress.recentActive = true;
  const index = message.index ?? 0;
  if (message.reject) {
    let hint = message.rejectHint ?? 0;
    if ((message.logTerm ?? 0) > 0) hint = core.log.findConflictByTerm(hint, message.logTerm!).index;
    if (progress.maybeDecrease(index, hint)) {
      if (progress.state === "replicate") progress.becomeProbe();
      sendAppend(core, message.from);
    }
    return;
  }
  const wasPaused = progress.isPaused;
  const isNew = progress.maybeUpdate(index);
  // An answer that only repeats what is known still ends the probe that it answers.
  const probeAnswered = progress.state === "probe" && progress.match === index;
  if (!isNew && !probeAnswered) return;
  if (message.from !== core.id) {
    if (progress.state === "probe") progress.becomeReplicate();
    else if (progress.state === "snapshot" && progress.match + 1 >= core.log.firstIndex) {
      progress.becomeProbe();
      progress.becomeReplicate();
    } else if (progress.state === "replicate") {
      progress.inflights.freeTo(index);
      progress.paused = progress.inflights.isFull;
    }
  }
  if (maybeCommit(core)) releasePostponedReads(core);
  if (wasPaused && message.from !== core.id) sendAppend(core, message.from);
  if (message.from === core.id) return;
  // All that the window allows, not just one message.
  while (sendAppend(core, message.from, false)) {}
  if (message.from === core.transferee && progress.match === core.log.lastIndex) {
    core.send({ type: "timeout-now", to: message.from });
  }
}

function heartbeatAnswered(core: Core, message: Message): void {
  const progress = core.progress.get(message.from);
  if (!progress) return;
  progress.recentActive = true;
  progress.paused = false;
  if (progress.match < core.log.lastIndex || progress.state === "probe") sendAppend(core, message.from);
  if (message.context === undefined) return;
  core.reads.ack(message.from, Number(message.context));
  answerConfirmedReads(core);
}

function transfer(core: Core, message: Message): void {
  const target = message.from;
  const progress = core.progress.get(target);
  if (!progress || progress.isLearner || !isVoter(core.conf, target)) return;
  if (target === core.id || core.transferee === target) return;
  core.transferee = target;
  core.electionElapsed = 0;
  if (progress.match === core.log.lastIndex) core.send({ type: "timeout-now", to: target });
  else {
    progress.paused = false;
    sendAppend(core, target);
  }
}
