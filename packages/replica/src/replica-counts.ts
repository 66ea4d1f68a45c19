/** What a member counts beside what its parts know, for its metrics. */
import type { MemberId } from "@quorate/raft";
import { DurationHistogram, type DurationSummary } from "./duration-histogram.ts";

/** Snapshots to or from one other member. */
export interface SnapshotCounts {
  readonly id: MemberId;
  readonly underWay: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Of those that succeeded. */
  readonly durations: DurationSummary;
}

/** The counts as others are told of them. */
export interface ReplicaCountsView {
  readonly failedProposals: number;
  readonly failedReads: number;
  /** Whether this member takes a snapshot into use at the moment. */
  readonly isInstalling: boolean;
  /** Bytes that were written to the log. */
  readonly logWrittenBytes: number;
  /** Writes of the log, each made durable. */
  readonly logWrite: DurationSummary;
  /** Batches that the applied state has taken. */
  readonly stateWrite: DurationSummary;
  readonly snapshotsSent: readonly SnapshotCounts[];
  readonly snapshotsReceived: readonly SnapshotCounts[];
}

/** etcd's buckets of `snapshot_send_total_duration_seconds`. */
const SNAPSHOT_BUCKETS_MS = Array.from({ length: 10 }, (_, i) => 100 * 2 ** i);

/** Snapshots in one direction, by member. */
export class SnapshotTally {
  readonly #members = new Map<
    MemberId,
    { underWay: number; succeeded: number; failed: number; durations: DurationHistogram }
  >();

  began(id: MemberId): void {
    this.#of(id).underWay++;
  }

  ended(id: MemberId, ok: boolean, ms: number): void {
    const member = this.#of(id);
    member.underWay--;
    if (ok) {
      member.succeeded++;
      member.durations.add(ms);
    } else member.failed++;
  }

  view(): readonly SnapshotCounts[] {
    return [...this.#members].map(([id, member]) => ({
      ...member,
      id,
      durations: member.durations.summary(),
    }));
  }

  #of(id: MemberId) {
    let member = this.#members.get(id);
    if (!member) {
      const durations = new DurationHistogram(SNAPSHOT_BUCKETS_MS);
      member = { underWay: 0, succeeded: 0, failed: 0, durations };
      this.#members.set(id, member);
    }
    return member;
  }
}

/** The counts of one replica since its start. */
export class ReplicaCounts {
  readonly logWrite = new DurationHistogram();
  readonly stateWrite = new DurationHistogram();
  readonly snapshotsSent = new SnapshotTally();
  readonly snapshotsReceived = new SnapshotTally();

  /** With what the replica's parts count themselves. */
  view(
    proposals: { readonly failures: number },
    reads: { readonly failures: number },
    writer: { readonly writtenBytes: number },
    snapshots: { readonly isInstalling: boolean },
  ): ReplicaCountsView {
    return {
      failedProposals: proposals.failures,
      failedReads: reads.failures,
      logWrittenBytes: writer.writtenBytes,
      isInstalling: snapshots.isInstalling,
      logWrite: this.logWrite.summary(),
      stateWrite: this.stateWrite.summary(),
      snapshotsSent: this.snapshotsSent.view(),
      snapshotsReceived: this.snapshotsReceived.view(),
    };
  }
}
