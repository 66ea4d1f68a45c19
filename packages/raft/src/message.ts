/**
 * The values that raft speaks in: log entries, configurations, messages between members, and `Ready`, the
 * work that a driver carries out. They are plain data, so that a transport may encode them as it likes.
 *
 * Asynchronous storage writes are the only mode: whatever must be on stable storage before others may rely on
 * it leaves in `Ready` together with the messages (`afterPersist`) that promise it, and those are delivered
 * only after the write is durable. Ongaro's dissertation, chapters 3, 4, 6 and 9; the shape follows
 * etcd-io/raft.
 */

/** A member of a cluster: a non-zero unsigned 64-bit number. 0n means "none". */
export type MemberId = bigint;

/** No member. */
export const NO_MEMBER: MemberId = 0n;

/** `normal` carries a proposal (empty at the start of a term), `conf` an encoded configuration change. */
export type EntryType = "normal" | "conf";

/** One position of the log. */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** What a member must remember over a crash besides its log. */
export interface HardState {
  readonly term: number;
  readonly vote: MemberId;
  readonly commit: number;
}

/**
 * Who votes and who only listens. While `votersOutgoing` is not empty the configuration is joint (section 6).
 */
export interface ConfState {
  readonly voters: readonly MemberId[];
  readonly votersOutgoing: readonly MemberId[];
  readonly learners: readonly MemberId[];
  /** Voters of the outgoing half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly MemberId[];
  /** Whether the joint configuration is left by itself as soon as it is committed. */
  readonly autoLeave: boolean;
}

/**
 * The point that a snapshot stands at. The state itself is the driver's business: raft never sees its bytes.
 */
export interface SnapshotMeta {
  readonly index: number;
  readonly term: number;
  readonly conf: ConfState;
}

/** What one step of a change does with its member. */
export type ConfChangeType = "add-voter" | "add-learner" | "remove";

/**
 * One change of configuration: several steps at once are carried out through a joint configuration. No steps
 * leaves a joint configuration. `context` belongs to the driver (the member's name and addresses).
 */
export interface ConfChange {
  readonly steps: readonly { readonly type: ConfChangeType; readonly member: MemberId }[];
  readonly context: Uint8Array;
}

/** What members say to each other, and a member to itself. */
export type MessageType =
  | "app" // entries, or an empty one as a probe; carries prev index/term and commit
  | "app-resp"
  | "heartbeat" // carries commit and a read-index context
  | "heartbeat-resp"
  | "vote"
  | "vote-resp"
  | "pre-vote"
  | "pre-vote-resp"
  | "snap" // `snapshot` says which state the driver sends along
  | "prop" // proposals forwarded to the leader
  | "read-index"
  | "read-index-resp"
  | "transfer-leader" // asks the leader to hand over to `from`
  | "timeout-now"
  | "storage-append-resp"; // from the member to itself, after its own log write is durable

/** One message. Fields that a type does not use are left out. */
export interface Message {
  readonly type: MessageType;
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: number;
  /**
   * `app`: index of the entry before `entries`; `app-resp`: last index that matches (or the refused one);
   * votes: last index.
   */
  readonly index?: number;
  /** Term of the entry at `index`. */
  readonly logTerm?: number;
  readonly entries?: readonly Entry[];
  readonly commit?: number;
  readonly reject?: boolean;
  /** With `reject`: where the leader should look next. */
  readonly rejectHint?: number;
  readonly snapshot?: SnapshotMeta;
  /** Identifies a read-index request, or marks a campaign as asked for by a transfer. */
  readonly context?: bigint;
  readonly force?: boolean;
}

/** What a member is in its term. */
export type Role = "follower" | "pre-candidate" | "candidate" | "leader";

/** What a driver shows, and need not remember. */
export interface SoftState {
  readonly role: Role;
  /** 0n where none is known. */
  readonly leader: MemberId;
}

/** A read may be answered once the state machine has applied `index`. */
export interface ReadState {
  readonly index: number;
  readonly context: bigint;
}

/**
 * Work for the driver, in this order: send `messages`; write `entries`, `hardState` and `snapshot` to stable
 * storage (batches in the order they were taken); after that deliver `afterPersist`, stepping those addressed
 * to the member itself back into raft; apply `committed` in order, then call `applied`. Writing and applying
 * may overlap with later Readies, but keep their order.
 */
export interface Ready {
  /** Set only when it changed. */
  readonly softState?: SoftState;
  /** Set only when it changed. */
  readonly hardState?: HardState;
  /** To append; an index already in the log replaces it and all behind it. */
  readonly entries: readonly Entry[];
  /** A snapshot to install before anything behind it: replaces the whole log and the state machine. */
  readonly snapshot?: SnapshotMeta;
  readonly messages: readonly Message[];
  readonly afterPersist: readonly Message[];
  readonly committed: readonly Entry[];
  readonly readStates: readonly ReadState[];
  /** False where only `hardState.commit` moved: the write may then wait for the next one. */
  readonly mustSync: boolean;
}
