/** The store's numbers for /metrics, under etcd's names, in Prometheus' text form. */
import { DURATION_BUCKETS_MS, type DurationSummary, type ReplicaStatus } from "@quorate/replica";
import { EventLoopDelay } from "./event-loop-delay.ts";

type Row = readonly [name: string, help: string, type: "gauge" | "counter", value: number];

/** Of the thread that answers the scrapes, which is the one that serves the API. */
const apiThread = new EventLoopDelay();

/** One write of the log is one sync. */
function syncHistogram({ buckets, count, sumMs }: DurationSummary): string {
  const name = "etcd_disk_wal_fsync_duration_seconds";
  const lines = DURATION_BUCKETS_MS.map((ms, i) => `${name}_bucket{le="${ms / 1000}"} ${buckets[i]}`);
  return [
    `# HELP ${name} Writes of the log, each made durable.`,
    `# TYPE ${name} histogram`,
    ...lines,
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${count}\n`,
  ].join("\n");
}

function rowsOf(status: ReplicaStatus, delays: readonly number[] = []): readonly Row[] {
  const { id, leader, isLearner, appliedIndex, commitIndex, pendingProposals, dbSizeBytes, revision } =
    status;
  return [
    ["etcd_server_has_leader", "Whether a leader is known.", "gauge", Number(leader !== 0n)],
    ["etcd_server_is_leader", "Whether this member leads.", "gauge", Number(leader === id)],
    ["etcd_server_is_learner", "Whether this member is a learner.", "gauge", Number(isLearner)],
    ["etcd_server_proposals_applied_total", "Log entries applied.", "gauge", appliedIndex],
    ["etcd_server_proposals_committed_total", "Log entries committed.", "gauge", commitIndex],
    ["etcd_server_proposals_pending", "Writes on their way.", "gauge", pendingProposals],
    ["etcd_mvcc_db_total_size_in_bytes", "Keys and values over all revisions kept.", "gauge", dbSizeBytes],
    ["etcd_debugging_mvcc_current_revision", "The newest revision.", "gauge", revision],
    ["etcd_debugging_mvcc_compact_revision", "Revisions up to it are gone.", "gauge", status.compactRevision],
    [
      "quorate_eventloop_delay_p999_seconds",
      "Delay of the API's event loop since the last scrape.",
      "gauge",
      Math.max(apiThread.takeP999(), ...delays),
    ],
    ["quorate_log_entries", "Log entries kept.", "gauge", status.logEntries],
    ["quorate_log_bytes", "Bytes of the log kept.", "gauge", status.logBytes],
  ];
}

function textOf(rows: readonly Row[]): string {
  const blocks = rows.map(
    ([name, help, type, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`,
  );
  return blocks.join("");
}

/** The text, one block a metric. `delays` are those of other processes that serve the API, in seconds. */
export function storeMetrics(status: ReplicaStatus, delays: readonly number[] = []): string {
  return textOf(rowsOf(status, delays)) + syncHistogram(status.logWrite);
}

/** Of that, what the etcd surface can't see of the member itself. */
export function logMetrics(status: ReplicaStatus): string {
  const unseen = new Set([
    ...["etcd_server_proposals_committed_total", "etcd_server_proposals_pending"],
    ...["quorate_log_entries", "quorate_log_bytes"],
  ]);
  return textOf(rowsOf(status).filter(([name]) => unseen.has(name))) + syncHistogram(status.logWrite);
}
