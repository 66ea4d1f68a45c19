/** The store's numbers for /metrics, under etcd's names, in Prometheus' text form. */
import {
  DURATION_BUCKETS_MS,
  type DurationSummary,
  type PeerTrafficCounts,
  type ReplicaStatus,
} from "@quorate/replica";
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
    [
      "etcd_server_leader_changes_seen_total",
      "Times that the leader changed.",
      "counter",
      status.leaderChanges,
    ],
    [
      "etcd_server_heartbeat_send_failures_total",
      "Heartbeats that the leader sent too late.",
      "counter",
      status.heartbeatFailures,
    ],
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
    ["quorate_log_memory_bytes", "Bytes of the log kept in memory.", "gauge", status.logMemoryBytes],
  ];
}

function textOf(rows: readonly Row[]): string {
  const blocks = rows.map(
    ([name, help, type, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`,
  );
  return blocks.join("");
}

/** What the connections with the others have carried; none of it where this is the only member. */
function peerMetrics({ id, peers }: ReplicaStatus): string {
  const local = id.toString(16);
  const block = (
    [name, help, type]: readonly [name: string, help: string, type: "gauge" | "counter"],
    labels: (remote: string) => string,
    value: (peer: PeerTrafficCounts) => number,
  ): string => {
    const lines = peers.map((peer) => `${name}{${labels(peer.id.toString(16))}} ${value(peer)}\n`);
    return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  };
  const to = (remote: string) => `To="${remote}"`;
  const from = (remote: string) => `From="${remote}"`;
  const both = (remote: string) => `Local="${local}",Remote="${remote}"`;
  return [
    block(
      ["etcd_network_peer_sent_bytes_total", "Bytes of messages to peers.", "counter"],
      to,
      ({ sentBytes }) => sentBytes,
    ),
    block(
      ["etcd_network_peer_received_bytes_total", "Bytes from peers.", "counter"],
      from,
      ({ receivedBytes }) => receivedBytes,
    ),
    block(
      ["etcd_network_peer_sent_failures_total", "Messages that were dropped.", "counter"],
      to,
      ({ sendFailures }) => sendFailures,
    ),
    block(["etcd_network_active_peers", "Connections to peers.", "gauge"], both, ({ isConnected }) =>
      Number(isConnected),
    ),
    block(
      ["etcd_network_disconnected_peers_total", "Connections to peers that broke.", "counter"],
      both,
      ({ disconnects }) => disconnects,
    ),
  ].join("");
}

/** The text, one block a metric. `delays` are those of other processes that serve the API, in seconds. */
export function storeMetrics(status: ReplicaStatus, delays: readonly number[] = []): string {
  return textOf(rowsOf(status, delays)) + peerMetrics(status) + syncHistogram(status.logWrite);
}

/** Of that, what the etcd surface can't see of the member itself. */
export function logMetrics(status: ReplicaStatus): string {
  const unseen = new Set([
    ...["etcd_server_proposals_committed_total", "etcd_server_proposals_pending"],
    ...["etcd_server_leader_changes_seen_total", "etcd_server_heartbeat_send_failures_total"],
    ...["quorate_log_entries", "quorate_log_bytes", "quorate_log_memory_bytes"],
  ]);
  const rows = textOf(rowsOf(status).filter(([name]) => unseen.has(name)));
  return rows + peerMetrics(status) + syncHistogram(status.logWrite);
}
