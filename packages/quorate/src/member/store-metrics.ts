/** The store's numbers for /metrics, under etcd's names, in Prometheus' text form. */
import type { DurationSummary, PeerTrafficCounts, ReplicaStatus, SnapshotCounts } from "@quorate/replica";
import { EventLoopDelay } from "./event-loop-delay.ts";

type Row = readonly [name: string, help: string, type: "gauge" | "counter", value: number];

/** Of the thread that answers the scrapes, which is the one that serves the API. */
const apiThread = new EventLoopDelay();

/** A histogram's text; `labels` are as they stand between braces, empty for none. */
function histogram(
  name: string,
  help: string,
  series: readonly (readonly [labels: string, summary: DurationSummary])[],
): string {
  if (series.length === 0) return "";
  const lines = series.flatMap(([labels, { boundsMs, buckets, count, sumMs }]) => {
    const before = labels === "" ? "" : `${labels},`;
    const alone = labels === "" ? "" : `{${labels}}`;
    return [
      ...boundsMs.map(
        (ms, i) => `${name}_bucket{${before}le="${Number((ms / 1000).toPrecision(9))}"} ${buckets[i]}`,
      ),
      `${name}_bucket{${before}le="+Inf"} ${count}`,
      `${name}_sum${alone} ${sumMs / 1000}`,
      `${name}_count${alone} ${count}`,
    ];
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join("\n")}\n`;
}

/** Writes of the log, one sync each, and of the applied state. */
function diskMetrics({ logWrite, stateWrite }: ReplicaStatus): string {
  return (
    histogram("etcd_disk_wal_fsync_duration_seconds", "Writes of the log, each made durable.", [
      ["", logWrite],
    ]) +
    histogram("etcd_disk_backend_commit_duration_seconds", "Batches written to the state.", [
      ["", stateWrite],
    ])
  );
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
    [
      "etcd_server_proposals_failed_total",
      "Writes that had no answer in their time.",
      "counter",
      status.failedProposals,
    ],
    [
      "etcd_server_read_indexes_failed_total",
      "Reads that were not confirmed in their time.",
      "counter",
      status.failedReads,
    ],
    [
      "etcd_server_snapshot_apply_in_progress_total",
      "Whether a snapshot is being taken into use.",
      "gauge",
      Number(status.isInstalling),
    ],
    ["etcd_disk_wal_write_bytes_total", "Bytes written to the log.", "gauge", status.logWrittenBytes],
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
    block(["etcd_network_known_peers", "Members that are known.", "gauge"], both, () => 1),
    block(["etcd_network_active_peers", "Connections to peers.", "gauge"], both, ({ isConnected }) =>
      Number(isConnected),
    ),
    block(
      ["etcd_network_disconnected_peers_total", "Connections to peers that broke.", "counter"],
      both,
      ({ disconnects }) => disconnects,
    ),
    histogram(
      "etcd_network_peer_round_trip_time_seconds",
      "From a question to a peer to its answer.",
      peers.map((peer) => [to(peer.id.toString(16)), peer.roundTrips]),
    ),
  ].join("");
}

/** Snapshots to others, and from them into the state. */
function snapshotMetrics({ snapshotsSent, snapshotsReceived }: ReplicaStatus): string {
  const direction = (
    kind: "send" | "receive",
    label: "To" | "From",
    all: readonly SnapshotCounts[],
  ): string => {
    const name = `etcd_network_snapshot_${kind}`;
    const block = (
      what: string,
      help: string,
      type: "gauge" | "counter",
      of: (one: SnapshotCounts) => number,
    ) =>
      all.length === 0
        ? ""
        : `# HELP ${name}_${what} ${help}\n# TYPE ${name}_${what} ${type}\n` +
          all.map((one) => `${name}_${what}{${label}="${one.id.toString(16)}"} ${of(one)}\n`).join("");
    return (
      block("inflights_total", "Snapshots under way.", "gauge", ({ underWay }) => underWay) +
      block("success", "Snapshots that arrived.", "counter", ({ succeeded }) => succeeded) +
      block("failures", "Snapshots that failed.", "counter", ({ failed }) => failed) +
      histogram(
        `${name}_total_duration_seconds`,
        "From the start of a snapshot to its end.",
        all.map(({ id, durations }) => [`${label}="${id.toString(16)}"`, durations]),
      )
    );
  };
  return direction("send", "To", snapshotsSent) + direction("receive", "From", snapshotsReceived);
}

/** The text, one block a metric. `delays` are those of other processes that serve the API, in seconds. */
export function storeMetrics(status: ReplicaStatus, delays: readonly number[] = []): string {
  return textOf(rowsOf(status, delays)) + peerMetrics(status) + snapshotMetrics(status) + diskMetrics(status);
}

/** Of that, what the etcd surface can't see of the member itself. */
export function logMetrics(status: ReplicaStatus): string {
  const unseen = new Set([
    ...["etcd_server_proposals_committed_total", "etcd_server_proposals_pending"],
    ...["etcd_server_proposals_failed_total", "etcd_server_read_indexes_failed_total"],
    ...["etcd_server_snapshot_apply_in_progress_total", "etcd_disk_wal_write_bytes_total"],
    ...["etcd_server_leader_changes_seen_total", "etcd_server_heartbeat_send_failures_total"],
    ...["quorate_log_entries", "quorate_log_bytes", "quorate_log_memory_bytes"],
  ]);
  const rows = textOf(rowsOf(status).filter(([name]) => unseen.has(name)));
  return rows + peerMetrics(status) + snapshotMetrics(status) + diskMetrics(status);
}
