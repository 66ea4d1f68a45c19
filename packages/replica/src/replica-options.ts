/** What a replica is made with, and what it tells of itself. */
import type { Clock, Random } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import type { AutoCompaction } from "./auto-compactor.ts";
import type { DurableLog, RecoveredLog } from "./durable-log.ts";
import type { LogTrimmerOptions } from "./log-trimmer.ts";
import type { MemberAttributes } from "./member-attributes.ts";
import type { MemberView } from "./membership.ts";
import type { PeerTrafficCounts } from "./peer-traffic.ts";
import type { ControlAnswer, Peer, PeerTransport } from "./peer-transport.ts";
import type { ReplicaCountsView } from "./replica-counts.ts";
import type { Scheduler } from "./scheduler.ts";
import type { DiskSpace } from "./space-guard.ts";
import type { StateStorage } from "./state-storage.ts";

/** The member's identity, its ports and its limits. */
export interface ReplicaOptions {
  readonly id: MemberId;
  readonly clusterId: bigint;
  /** What this member tells the others of itself. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  /** Of the data directory; the cluster is told of it, so that a member can't come back without its data. */
  readonly directoryId?: bigint;
  /** The first members of a new cluster; absent where this member joins one. */
  readonly bootstrap?: readonly MemberAttributes[];
  /** The other members are gone for good: this one goes on alone with what it has. */
  readonly forceNewCluster?: boolean;
  /** Whom to reach before the state names the members. */
  readonly seeds?: readonly Peer[];
  readonly log: DurableLog;
  /** What the log held; its entries don't stay in memory with the options. */
  readonly recovered: RecoveredLog;
  readonly state: StateStorage;
  readonly transport: PeerTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  /** Milliseconds between ticks; a leader's heartbeat goes out with each. */
  readonly heartbeatMs?: number;
  /** Silence of the leader that starts an election; at least five heartbeats. */
  readonly electionMs?: number;
  /** How long a request may take where its caller does not say. etcd: 5 s + 2 election timeouts. */
  readonly requestTimeoutMs?: number;
  readonly trim?: LogTrimmerOptions;
  /** Time between two notices of progress to watches that ask for them; etcd: 10 minutes. */
  readonly progressNotifyMs?: number;
  readonly quotaBytes?: number;
  /** Compact by itself; absent: never. */
  readonly autoCompaction?: AutoCompaction;
  /** How often the leader compares the members' data; 0 or absent: never. */
  readonly corruptCheckMs?: number;
  /** How much room the disk has; absent: it is not watched. */
  readonly diskSpace?: () => Promise<DiskSpace>;
  /** Refuse changes of the members that would endanger the majority: true where absent, as in etcd. */
  readonly strictReconfigCheck?: boolean;
  /** How long a member must have been connected to count for such a change; 0 where absent. etcd: 5 s. */
  readonly healthIntervalMs?: number;
  /** While this member is a learner, it asks to be promoted as soon as it has caught up. */
  readonly promoteWhenReady?: boolean;
  /** Answers operators at the peer port. */
  readonly control?: (request: unknown) => Promise<ControlAnswer>;
  /** One line for the log. */
  readonly note?: (line: string) => void;
  /** Who leads, told with every change; 0n where nobody is known to. */
  readonly leaderChanged?: (leader: MemberId) => void;
  /** The member can't go on: the process must end with this error. Called once. */
  readonly failed: (error: Error) => void;
}

/** How long a request may take, and how it is given up. */
export interface RequestOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a member knows of itself and the others, from its own memory. */
export interface ReplicaStatus extends ReplicaCountsView {
  readonly id: MemberId;
  readonly clusterId: bigint;
  readonly name: string;
  readonly role: string;
  readonly leader: MemberId;
  readonly term: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly compactRevision: number;
  /** Keys and values over all revisions that are kept. */
  readonly dbSizeBytes: number;
  readonly logEntries: number;
  readonly logBytes: number;
  /** Of `logBytes` those in memory: the rest is read from the disk when a follower needs it. */
  readonly logMemoryBytes: number;
  readonly pendingProposals: number;
  readonly isLearner: boolean;
  readonly members: readonly MemberView[];
  /** On the leader: how far each member's log is known to reach. */
  readonly progress: readonly { readonly id: MemberId; readonly match: number; readonly state: string }[];
  readonly alarms: readonly string[];
  /** Times that this member has seen another leader than before. */
  readonly leaderChanges: number;
  /** Heartbeats that this member, as the leader, sent too late. */
  readonly heartbeatFailures: number;
  /** What the connections with the others have carried. */
  readonly peers: readonly PeerTrafficCounts[];
}
