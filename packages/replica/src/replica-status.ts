/** A replica's state as others are told of it. */
import type { MemoryRaftLog, RaftStatus } from "@quorate/raft";
import type { AppliedState } from "./applier.ts";
import type { ReplicaCountsView } from "./replica-counts.ts";
import type { ReplicaOptions, ReplicaStatus } from "./replica-options.ts";

type Counted = keyof ReplicaCountsView | "pendingProposals" | "leaderChanges" | "heartbeatFailures";

/** On the leader: how far each member's log is known to reach; empty elsewhere. */
export function progressOf(status: RaftStatus): ReplicaStatus["progress"] {
  return [...status.progress].map(([id, { match, state }]) => ({ id, match, state }));
}

/** What raft and the applied state say. */
export function statusOf(
  { id, clusterId, name, transport }: ReplicaOptions,
  raft: RaftStatus,
  { store, membership, log }: AppliedState & { readonly log: MemoryRaftLog },
): Omit<ReplicaStatus, Counted> {
  return {
    id,
    clusterId,
    name,
    role: raft.role,
    leader: raft.leader,
    term: raft.term,
    lastIndex: raft.lastIndex,
    commitIndex: raft.commit,
    appliedIndex: store.appliedIndex,
    revision: store.revision,
    compactRevision: store.compactRevision,
    dbSizeBytes: store.valueBytes,
    logEntries: log.length,
    logBytes: log.bytes,
    logMemoryBytes: log.memoryBytes,
    isLearner: membership.isLearner(id),
    members: membership.list(),
    progress: progressOf(raft),
    alarms: [...store.alarms],
    peers: transport.traffic?.() ?? [],
  };
}
