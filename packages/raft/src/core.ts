/**
 * The state that all roles share, and the transitions between roles. The role files (`follower`, `candidate`,
 * `leader`) are functions on it; `Raft` is the surface. Invariant: `term` never goes back, `vote` changes
 * only with it or from none.
 */
import type { Random } from "@quorate/base";
import { LogView } from "./log-view.ts";
import {
  type ConfState,
  type Entry,
  type HardState,
  type MemberId,
  type Message,
  NO_MEMBER,
  type ReadState,
  type Role,
} from "./message.ts";
import { Progress } from "./progress.ts";
import { allMembers, isVoter } from "./quorum.ts";
import { RAFT_DEFAULTS, type RaftConfig } from "./raft-config.ts";
import type { RaftLogReader } from "./raft-log-reader.ts";
import { ReadQueue } from "./read-queue.ts";

/** A message before its sender and term are filled in. */
export type Draft = Omit<Message, "from" | "term"> & { readonly term?: number };

/** What one member knows; changed by the functions of its role only. */
export class Core {
  readonly id: MemberId;
  readonly config: Required<RaftConfig>;
  readonly log: LogView;
  readonly random: Random;
  term: number;
  vote: MemberId;
  role: Role = "follower";
  leader: MemberId = NO_MEMBER;
  conf: ConfState;
  readonly progress = new Map<MemberId, Progress>();
  readonly votes = new Map<MemberId, boolean>();
  readonly reads = new ReadQueue();
  electionElapsed = 0;
  heartbeatElapsed = 0;
  electionTimeout = 0;
  /** Campaigns that follow each other quickly, after the leader's connection broke. */
  hurriedCampaigns = 0;
  /**
   * A pre-vote that came while the leader was thought to be there: answered if it turns out that it is not.
   */
  earlyPreVote: Message | undefined;
  /** Member that leadership is being handed to. */
  transferee: MemberId = NO_MEMBER;
  /** The last conf entry that may not be applied yet: no other may be proposed before it is. */
  pendingConfIndex = 0;
  uncommittedBytes = 0;
  messages: Message[] = [];
  afterPersist: Message[] = [];
  readStates: ReadState[] = [];

  constructor(config: RaftConfig, reader: RaftLogReader, random: Random) {
    this.config = { ...RAFT_DEFAULTS, ...config };
    this.id = config.id;
    this.random = random;
    this.term = config.hardState.term;
    this.vote = config.hardState.vote;
    this.conf = config.conf;
    this.log = new LogView(reader, Math.min(config.hardState.commit, reader.lastIndex()), config.applied);
    this.resetElectionTimeout();
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** Whether this member may campaign. */
  get isPromotable(): boolean {
    return isVoter(this.conf, this.id) && this.log.pendingSnapshot === undefined;
  }

  send(draft: Draft): void {
    const forwarded = draft.type === "prop" || draft.type === "read-index";
    const message: Message = { ...draft, from: this.id, term: draft.term ?? (forwarded ? 0 : this.term) };
    // Safety: these promise that something is on stable storage: the vote, the term, or the entries. The
    // answer to a pre-vote promises nothing.
    const promises = draft.type === "app-resp" || draft.type === "vote-resp" || draft.to === this.id;
    (promises ? this.afterPersist : this.messages).push(message);
  }

  /**
   * Followers wait little longer than they must: pre-votes that cross are told apart (`answerVote`), and
   * whoever failed waits for a time that is spread as wide as it is long. A candidate in a hurry waits for two
   * members' disks, a pre-candidate for an answer only.
   */
  resetElectionTimeout(): void {
    const { electionTicks } = this.config;
    const half = Math.max(1, electionTicks >> 1);
    const spread = this.role === "follower" ? Math.max(2, half >> 1) : electionTicks;
    if (this.hurriedCampaigns === 0) this.electionTimeout = electionTicks + this.random.int(spread);
    else this.electionTimeout = (this.role === "candidate" ? half : 2) + this.random.int(half);
  }

  /**
   * After a vote, also in a hurry: the candidate waits for two disks, this member's among them. Whoever
   * campaigned against it before it can lead would only make both begin anew.
   */
  leaveTimeToCandidate(): void {
    this.electionTimeout = Math.max(this.electionTimeout, this.config.electionTicks);
  }

  #reset(term: number, role: Role): void {
    this.role = role;
    if (term !== this.term) {
      this.term = term;
      this.vote = NO_MEMBER;
    }
    this.leader = NO_MEMBER;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.resetElectionTimeout();
    this.transferee = NO_MEMBER;
    this.votes.clear();
    this.reads.clear();
    this.pendingConfIndex = 0;
    this.uncommittedBytes = 0;
    this.progress.clear();
  }

  becomeFollower(term: number, leader: MemberId): void {
    this.#reset(term, "follower");
    this.leader = leader;
    if (leader !== NO_MEMBER) this.earlyPreVote = undefined;
    if (leader !== NO_MEMBER) this.hurriedCampaigns = 0;
  }

  becomePreCandidate(): void {
    // Nothing durable changes: neither the term nor the vote.
    this.votes.clear();
    this.role = "pre-candidate";
    this.leader = NO_MEMBER;
    this.electionElapsed = 0;
    this.resetElectionTimeout();
  }

  becomeCandidate(): void {
    this.#reset(this.term + 1, "candidate");
    this.vote = this.id;
  }

  becomeLeader(): void {
    this.#reset(this.term, "leader");
    this.leader = this.id;
    this.hurriedCampaigns = 0;
    this.rebuildProgress();
    // Entries of earlier terms may hold a configuration change that is not applied yet.
    this.pendingConfIndex = this.log.lastIndex;
    this.appendEntries([{ type: "normal", data: EMPTY }]);
  }

  /** Brings the followers' progress in line with the configuration, keeping what is known. */
  rebuildProgress(): void {
    const members = allMembers(this.conf);
    for (const member of [...this.progress.keys()])
      if (!members.includes(member)) this.progress.delete(member);
    for (const member of members) {
      const isLearner = !isVoter(this.conf, member);
      const known = this.progress.get(member);
      if (known) {
        known.isLearner = isLearner;
        continue;
      }
      const { inflightMessagesMax: messagesMax, inflightBytesMax: bytesMax } = this.config;
      const progress = new Progress(this.log.lastIndex + 1, isLearner, { messagesMax, bytesMax });
      // A new member counts as active until the next check: it must not bring the leader down at once.
      progress.recentActive = true;
      if (member === this.id) {
        progress.match = this.role === "leader" ? 0 : this.log.lastIndex;
        progress.becomeReplicate();
        progress.next = this.log.lastIndex + 1;
      }
      this.progress.set(member, progress);
    }
  }

  /** The leader adds entries of its term; false, and nothing added, where too much is uncommitted. */
  appendEntries(drafts: readonly { readonly type: Entry["type"]; readonly data: Uint8Array }[]): boolean {
    let bytes = 0;
    for (const draft of drafts) bytes += draft.data.length;
    if (
      bytes > 0 &&
      this.uncommittedBytes > 0 &&
      this.uncommittedBytes + bytes > this.config.uncommittedBytesMax
    ) {
      return false;
    }
    this.uncommittedBytes += bytes;
    let index = this.log.lastIndex;
    this.log.append(
      drafts.map((draft) => ({ index: ++index, term: this.term, type: draft.type, data: draft.data })),
    );
    // Safety: the leader counts itself only once its own log is durable (section 10.2.1).
    this.send({ type: "app-resp", to: this.id, index });
    return true;
  }
}

/** The data of the first entry of a term. */
export const EMPTY = new Uint8Array(0);
