/** What the metrics tell of the member itself: read when they are scraped. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { EtcdBackend } from "./etcd-backend.ts";
import type { SurfaceCounts } from "./etcd-metrics.ts";
import { VERSION } from "./etcd-version.ts";

const ALL = Uint8Array.of(0);

/** Adds the gauges of a member to a registry. */
export function addMemberGauges(registry: Registry, backend: EtcdBackend, counts: () => SurfaceCounts): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const store = () => backend.store();
  gauge("etcd_server_has_leader", "Whether a leader is known.", () => Number(backend.hasLeader()));
  gauge("etcd_server_is_leader", "Whether this member leads.", () => Number(backend.isLeader()));
  gauge("etcd_server_is_learner", "Whether this member is a learner.", () => Number(backend.isLearner()));
  gauge("etcd_server_proposals_applied_total", "Log entries applied.", () => store().appliedIndex);
  gauge("etcd_debugging_mvcc_keys_total", "Keys.", () => liveKeys(backend));
  gauge("etcd_debugging_mvcc_current_revision", "The newest revision.", () => store().revision);
  gauge("etcd_debugging_mvcc_compact_revision", "The compacted revision.", () => store().compactRevision);
  counter("etcd_network_client_grpc_received_bytes_total", "Bytes of clients.", () => counts().receivedBytes);
  counter("etcd_network_client_grpc_sent_bytes_total", "Bytes to clients.", () => counts().sentBytes);
  counter("etcd_server_health_success", "Successful health checks.", () => counts().healthy);
  counter("etcd_server_health_failures", "Failed health checks.", () => counts().unhealthy);
  gauge("etcd_debugging_mvcc_watcher_total", "Watches on this surface.", () => counts().watches);
  gauge("etcd_debugging_mvcc_watch_stream_total", "Watch streams.", () => counts().watchStreams);
  gauge("etcd_debugging_mvcc_slow_watcher_total", "Watches behind.", () => store().watches.behind);
  gauge("etcd_debugging_auth_revision", "The auth revision.", () => store().auth.revision);
  gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of keys and values.", () => store().valueBytes);
  gauge("etcd_mvcc_db_total_size_in_bytes", "Bytes of the state on disk.", async () => {
    return (await backend.dbSize()).bytes;
  });
  gauge("etcd_server_quota_backend_bytes", "Bytes that the state may take.", async () => {
    return (await backend.dbSize()).quotaBytes;
  });
  addAlarms(registry, backend);
  addVersions(registry, backend);
}

/** Keys that are there: without those that only have a history. */
function liveKeys(backend: EtcdBackend): number {
  return backend.store().range({ key: ALL, rangeEnd: ALL, countOnly: true }).count;
}

function addAlarms(registry: Registry, backend: EtcdBackend): void {
  new Gauge({
    name: "etcd_debugging_server_alarms",
    help: "Alarms that stand.",
    registers: [registry],
    labelNames: ["server_id", "alarm_type"],
    collect() {
      this.reset();
      for (const alarm of backend.store().alarms) {
        const [type, member] = alarm.split("/");
        this.labels(BigInt(member!).toString(16), type === "corrupt" ? "CORRUPT" : "NOSPACE").set(1);
      }
    },
  });
}

function addVersions(registry: Registry, backend: EtcdBackend): void {
  const one = (name: string, help: string, label: string, value: string) =>
    new Gauge({ name, help, labelNames: [label], registers: [registry] }).labels(value).set(1);
  one("etcd_server_version", "The version.", "server_version", VERSION);
  const cluster = VERSION.split(".").slice(0, 2).join(".");
  one("etcd_cluster_version", "The cluster's version.", "cluster_version", cluster);
  const id = backend.store().header().memberId.toString(16);
  one("etcd_server_id", "The member's id.", "server_id", id);
}
