/** The store's numbers for /metrics, under etcd's names, in Prometheus' text form. */
import type { ReplicaStatus } from "@quorate/replica";

type Row = readonly [name: string, help: string, type: "gauge" | "counter", value: number];

function rowsOf(status: ReplicaStatus): readonly Row[] {
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
    ["quorate_log_entries", "Log entries kept.", "gauge", status.logEntries],
    ["quorate_log_bytes", "Bytes of the log kept.", "gauge", status.logBytes],
  ];
}

/** The text, one block a metric. */
export function storeMetrics(status: ReplicaStatus): string {
  const blocks = rowsOf(status).map(
    ([name, help, type, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`,
  );
  return blocks.join("");
}
