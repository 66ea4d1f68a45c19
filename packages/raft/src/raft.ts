/**
 * The surface of consensus: messages and ticks in, `Ready` out. Pure: the same inputs give the same outputs.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", and Ongaro's dissertation;
 * pre-vote and check-quorum as in etcd-io/raft, asynchronous storage writes as the only mode.
 */
import type { Random } from "@quorate/base";
import { changedConf, encodeConfChange, isJoint } from "./conf-change.ts";
import { Core, EMPTY } from "./core.ts";
import { answerVote, holdsLease, hup } from "./election.ts";
import {
  type ConfChange,
  type ConfState,
  type HardState,
  type MemberId,
  type Message,
  NO_MEMBER,
  type Ready,
  type Role,
  type SoftState,
} from "./message.ts";
import type { ProgressState } from "./progress.ts";
import { allVoters, isVoter } from "./quorum.ts";
import type { RaftConfig } from "./raft-config.ts";
import type { RaftLogReader } from "./raft-log-reader.ts";
import {
  broadcastAppend,
  broadcastHeartbeat,
  maybeCommit,
  quorumIsActive,
  releasePostponedReads,
  requestRead,
  sendAppend,
  tellCommit,
} from "./replication.ts";
import { stepCandidate, stepFollower } from "./step-follower.ts";
import { mayProposeConfChange, type ProposeResult, propose, stepLeader } from "./step-leader.ts";

/** What the leader knows of a follower. */
export interface FollowerStatus {
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly recentActive: boolean;
  readonly isLearner: boolean;
  readonly inflight: number;
  readonly pendingSnapshot: number;
}

/** What a member knows. */
export interface RaftStatus {
  readonly id: MemberId;
  readonly term: number;
  readonly vote: MemberId;
  readonly role: Role;
  readonly leader: MemberId;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly conf: ConfState;
  /** Leaders only: what is known of each member. */
  readonly progress: ReadonlyMap<MemberId, FollowerStatus>;
  readonly transferee: MemberId;
}

/** How many campaigns follow each other quickly after a leader's connection broke. */
const HURRIED_CAMPAIGNS = 4;

/** The consensus of one member. */
export class Raft {
  readonly #core: Core;
  #saidSoftState: SoftState;
  #saidHardState: HardState;

  constructor(config: RaftConfig, log: RaftLogReader, random: Random) {
    this.#core = new Core(config, log, random);
    this.#saidSoftState = { role: "follower", leader: NO_MEMBER };
    this.#saidHardState = config.hardState;
  }

  /** Takes in a message of another member, or of the member itself (those of `afterPersist`). */
  step(message: Message): void {
    const core = this.#core;
    if (message.type === "storage-append-resp") {
      this.#stored(message);
      return;
    }
    if (message.term > core.term) {
      if (!this.#newerTerm(message)) return;
    } else if (message.term > 0 && message.term < core.term) {
      olderTerm(core, message);
      return;
    }
    if (message.type === "vote" || message.type === "pre-vote") answerVote(core, message);
    else if (core.role === "leader") stepLeader(core, message);
    else if (core.role === "follower") stepFollower(core, message);
    else stepCandidate(core, message);
  }

  /** Handles the term of a message that is ahead of us; false where the message ends here. */
  #newerTerm(message: Message): boolean {
    const core = this.#core;
    if (message.type === "vote" || message.type === "pre-vote") {
      // A member that was cut off must not bring down a leader that others hear of (dissertation 4.2.3).
      if (message.force !== true && holdsLease(core)) {
        if (message.type === "pre-vote") core.earlyPreVote = message;
        return false;
      }
    }
    const isGrantedPreVote = message.type === "pre-vote-resp" && message.reject !== true;
    if (message.type === "pre-vote" || isGrantedPreVote) return true;
    const fromLeader = message.type === "app" || message.type === "heartbeat" || message.type === "snap";
    core.becomeFollower(message.term, fromLeader ? message.from : NO_MEMBER);
    return true;
  }

  #stored(message: Message): void {
    const core = this.#core;
    if (message.snapshot) {
      core.log.stableSnapshotTo(message.snapshot.index);
      core.log.appliedTo(message.snapshot.index);
    }
    // Safety: an answer of an earlier term may be about entries that have been replaced since by ones alike
    // in index.
    if (message.term < core.term) return;
    if ((message.index ?? 0) > 0) core.log.stableTo(message.index!, message.logTerm ?? 0);
  }

  /** One tick of the logical clock. */
  tick(): void {
    const core = this.#core;
    core.electionElapsed++;
    if (core.role === "leader") {
      this.#tickLeader();
      return;
    }
    this.#answerEarlyPreVote();
    if (core.electionElapsed < core.electionTimeout || !core.isPromotable) return;
    core.electionElapsed = 0;
    // A leader that fell silent: what goes wrong with the first campaign is made good soon.
    if (core.leader !== NO_MEMBER) core.hurriedCampaigns = HURRIED_CAMPAIGNS;
    hup(core, "pre-vote");
  }

  /** Another one found out a moment earlier that the leader is gone. */
  #answerEarlyPreVote(): void {
    const core = this.#core;
    const early = core.earlyPreVote;
    if (!early || holdsLease(core)) return;
    core.earlyPreVote = undefined;
    if (early.term > core.term && early.from !== core.leader) answerVote(core, early);
  }

  #tickLeader(): void {
    const core = this.#core;
    core.heartbeatElapsed++;
    if (core.electionElapsed >= core.config.electionTicks) {
      core.electionElapsed = 0;
      if (!quorumIsActive(core)) {
        core.becomeFollower(core.term, NO_MEMBER);
        return;
      }
      // The one that was to take over did not in time: go on leading.
      core.transferee = NO_MEMBER;
    }
    if (core.heartbeatElapsed >= core.config.heartbeatTicks) {
      core.heartbeatElapsed = 0;
      broadcastHeartbeat(core);
    }
  }

  /**
   * Proposes data, one entry each; a follower passes them on to the leader. "accepted" is no promise of a
   * commit.
   */
  propose(data: readonly Uint8Array[]): ProposeResult {
    return this.#propose(data.map((bytes) => ({ type: "normal" as const, data: bytes })));
  }

  /**
   * Proposes a change of configuration. "dropped" where this member leads and another change is under way; a
   * leader that it was passed on to appends an empty entry in its place then.
   */
  proposeConfChange(change: ConfChange): ProposeResult {
    const data = encodeConfChange(change);
    if (this.#core.role === "leader" && !mayProposeConfChange(this.#core, data)) return "dropped";
    return this.#propose([{ type: "conf", data }]);
  }

  #propose(drafts: { readonly type: "normal" | "conf"; readonly data: Uint8Array }[]): ProposeResult {
    const core = this.#core;
    if (core.role === "leader") return propose(core, drafts);
    if (core.leader === NO_MEMBER) return "no-leader";
    const entries = drafts.map((draft) => ({ index: 0, term: 0, ...draft }));
    core.send({ type: "prop", to: core.leader, entries });
    return "accepted";
  }

  /**
   * The driver applies a committed change; must be called for every conf entry, in order. Answers with the
   * new configuration.
   */
  applyConfChange(change: ConfChange): ConfState {
    const core = this.#core;
    core.conf = changedConf(core.conf, change);
    if (core.role !== "leader") return core.conf;
    core.rebuildProgress();
    if (!isVoter(core.conf, core.id)) {
      // Removed, or only a learner from here on: somebody else must lead.
      core.becomeFollower(core.term, NO_MEMBER);
      return core.conf;
    }
    if (core.transferee !== NO_MEMBER && !isVoter(core.conf, core.transferee)) core.transferee = NO_MEMBER;
    if (maybeCommit(core)) {
      releasePostponedReads(core);
      broadcastAppend(core);
    } else {
      for (const member of core.progress.keys()) if (member !== core.id) sendAppend(core, member, false);
    }
    this.#maybeLeaveJoint();
    return core.conf;
  }

  /** Answered by a ReadState with the same context, or never (the caller times out and asks anew). */
  readIndex(context: bigint): void {
    const core = this.#core;
    if (core.role === "leader") requestRead(core, { from: core.id, context });
    else if (core.leader !== NO_MEMBER) core.send({ type: "read-index", to: core.leader, context });
  }

  /** Asks that `to` takes over. */
  transferLeadership(to: MemberId): void {
    const core = this.#core;
    const message: Message = { type: "transfer-leader", from: to, to: core.leader, term: 0 };
    if (core.role === "leader") stepLeader(core, message);
    else if (core.leader !== NO_MEMBER) core.messages.push(message);
  }

  campaign(): void {
    hup(this.#core, "pre-vote");
  }

  /**
   * The leader's connection broke. Forgets it, so that its lease holds no vote back, and campaigns: the
   * voters one after the other by rank, a tick or two apart, so that they do not split the vote.
   */
  loseLeader(member: MemberId): void {
    const core = this.#core;
    if (core.leader !== member || core.role === "leader") return;
    core.becomeFollower(core.term, NO_MEMBER);
    this.#answerEarlyPreVote();
    if (!core.isPromotable || core.role !== "follower") return;
    core.hurriedCampaigns = HURRIED_CAMPAIGNS;
    const rank = allVoters(core.conf)
      .filter((voter) => voter !== member)
      .sort((a, b) => (a < b ? -1 : 1))
      .indexOf(core.id);
    if (rank === 0) hup(core, "pre-vote");
    else core.electionTimeout = 2 * rank + core.random.int(2);
  }

  /** A message to the member could not be delivered: it is probed until it answers again. */
  reportUnreachable(member: MemberId): void {
    const progress = this.#core.progress.get(member);
    if (this.#core.role === "leader" && progress?.state === "replicate") progress.becomeProbe();
  }

  /** The stream of a snapshot ended; the follower's own answer tells what it has. */
  reportSnapshot(member: MemberId, ok: boolean): void {
    const progress = this.#core.progress.get(member);
    if (this.#core.role !== "leader" || progress?.state !== "snapshot") return;
    if (!ok) progress.pendingSnapshot = 0;
    progress.becomeProbe();
    // The next append waits for the follower's answer, or for a heartbeat's.
    progress.paused = true;
  }

  /** The state machine has applied everything up to `index`. */
  applied(index: number): void {
    this.#core.log.appliedTo(index);
    this.#maybeLeaveJoint();
  }

  #maybeLeaveJoint(): void {
    const core = this.#core;
    if (core.role !== "leader" || !core.conf.autoLeave || !isJoint(core.conf)) return;
    if (core.pendingConfIndex > core.log.applied) return;
    propose(core, [{ type: "conf", data: encodeConfChange({ steps: [], context: EMPTY }) }]);
  }

  /** The work since the last call; undefined where there is none. */
  take(): Ready | undefined {
    const core = this.#core;
    if (core.role === "leader") tellCommit(core);
    const softState: SoftState = { role: core.role, leader: core.leader };
    const softChanged =
      softState.role !== this.#saidSoftState.role || softState.leader !== this.#saidSoftState.leader;
    const hardState = core.hardState();
    const said = this.#saidHardState;
    const voteChanged = hardState.term !== said.term || hardState.vote !== said.vote;
    const hardChanged = voteChanged || hardState.commit !== said.commit;
    const snapshot = core.log.takeSnapshot();
    const entries = core.log.takeUnstable();
    const mustSync = entries.length > 0 || snapshot !== undefined || voteChanged;
    if (mustSync && core.log.hasUnstable) {
      core.afterPersist.push(this.#appendResponse(snapshot));
    }
    const committed = core.log.takeCommitted(core.config.committedBytesMax);
    if (committed.length) this.#releaseUncommitted(committed);
    const { messages, afterPersist, readStates } = core;
    if (
      !softChanged &&
      !hardChanged &&
      !mustSync &&
      committed.length === 0 &&
      messages.length === 0 &&
      afterPersist.length === 0 &&
      readStates.length === 0
    ) {
      return undefined;
    }
    core.messages = [];
    core.afterPersist = [];
    core.readStates = [];
    if (softChanged) this.#saidSoftState = softState;
    if (hardChanged) this.#saidHardState = hardState;
    return {
      ...(softChanged ? { softState } : {}),
      ...(hardChanged ? { hardState } : {}),
      ...(snapshot ? { snapshot } : {}),
      entries,
      messages,
      afterPersist,
      committed,
      readStates,
      mustSync,
    };
  }

  /** What the member tells itself once the write is durable. */
  #appendResponse(snapshot: Ready["snapshot"]): Message {
    const core = this.#core;
    const index = core.log.lastIndex;
    return {
      type: "storage-append-resp",
      from: core.id,
      to: core.id,
      term: core.term,
      index,
      logTerm: core.log.term(index) ?? 0,
      ...(snapshot ? { snapshot } : {}),
    };
  }

  #releaseUncommitted(committed: Ready["committed"]): void {
    const core = this.#core;
    if (core.uncommittedBytes === 0) return;
    let bytes = 0;
    for (const entry of committed) bytes += entry.data.length;
    core.uncommittedBytes = Math.max(0, core.uncommittedBytes - bytes);
  }

  /** The little of `status` that is looked at all the time. */
  get head(): { readonly term: number; readonly leader: MemberId; readonly role: Role } {
    return this.#core;
  }

  status(): RaftStatus {
    const core = this.#core;
    const progress = new Map<MemberId, FollowerStatus>();
    if (core.role === "leader") {
      for (const [member, known] of core.progress) {
        progress.set(member, {
          match: known.match,
          next: known.next,
          state: known.state,
          recentActive: known.recentActive,
          isLearner: known.isLearner,
          inflight: known.inflights.count,
          pendingSnapshot: known.pendingSnapshot,
        });
      }
    }
    return {
      id: core.id,
      term: core.term,
      vote: core.vote,
      role: core.role,
      leader: core.leader,
      commit: core.log.committed,
      applied: core.log.applied,
      lastIndex: core.log.lastIndex,
      conf: core.conf,
      progress,
      transferee: core.transferee,
    };
  }
}

/** A message of an earlier term: mostly ignored; a sender that is behind is told of our term. */
function olderTerm(core: Core, message: Message): void {
  if (message.type === "heartbeat" || message.type === "app") {
    // A leader that was cut off, or a member whose term we passed while it was not heard: our term brings it
    // along.
    core.send({ type: "app-resp", to: message.from });
  } else if (message.type === "pre-vote") {
    core.send({ type: "pre-vote-resp", to: message.from, reject: true });
  }
}
