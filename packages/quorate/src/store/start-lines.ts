/** The lines that say what a store is, and what is slow in it, with the fields that etcd gives them. */
import { ETCD_VERSION, type EtcdApi, type SlowCall } from "@quorate/etcd-api";
import type { OpenReplica } from "../open-replica.ts";
import type { StoreConfig } from "./store-config.ts";
import type { StoreLog } from "./store-log.ts";

/** Before anything is opened. */
export function logSettings(config: StoreConfig, log: StoreLog): void {
  log.info("configuring peer listeners", { "listen-peer-urls": config.listenPeerUrls });
  log.info("configuring client listeners", { "listen-client-urls": config.listenClientUrls });
  log.info("starting an etcd server", {
    "etcd-version": ETCD_VERSION,
    "node-version": process.versions.node,
    os: process.platform,
    arch: process.arch,
    name: config.name,
    "data-dir": config.dataDir,
    "force-new-cluster": config.forceNewCluster,
    "heartbeat-interval": `${config.heartbeatMs}ms`,
    "election-timeout": `${config.electionMs}ms`,
    "snapshot-count": config.snapshotCount,
    "snapshot-catchup-entries": config.catchUpEntries,
    "initial-advertise-peer-urls": config.advertisePeerUrls,
    "listen-peer-urls": config.listenPeerUrls,
    "advertise-client-urls": config.advertiseClientUrls,
    "listen-client-urls": config.listenClientUrls,
    "listen-metrics-urls": config.listenMetricsUrls,
    "initial-cluster": config.initialCluster,
    "initial-cluster-state": config.initialClusterState,
    "initial-cluster-token": config.initialClusterToken,
    "quota-backend-bytes": config.quotaBytes,
    "max-request-bytes": config.requestBytesMax,
    "max-concurrent-streams": config.concurrentStreamsMax,
    "strict-reconfig-check": config.strictReconfigCheck,
    "auto-compaction-mode": config.autoCompaction?.mode ?? "periodic",
    "initial-corrupt-check": config.initialCorruptCheck,
    "corrupt-check-time-interval": `${config.corruptCheckMs}ms`,
    "max-learners": config.learnersMax,
  });
}

/** Once it listens. */
export function logStart(
  { replica }: OpenReplica,
  surface: EtcdApi,
  config: StoreConfig,
  log: StoreLog,
): void {
  log.info("starting local member", {
    "local-member-id": replica.id,
    "cluster-id": replica.options.clusterId,
  });
  log.info("now serving peer/client/metrics", {
    "local-member-id": replica.id,
    "initial-advertise-peer-urls": config.advertisePeerUrls,
    "listen-peer-urls": config.listenPeerUrls,
    "advertise-client-urls": config.advertiseClientUrls,
    "listen-client-urls": surface.urls,
    "listen-metrics-urls": surface.metricsUrls,
  });
}

/** A call that took longer than --warning-unary-request-duration. */
export function logSlowCall(call: SlowCall, log: StoreLog): void {
  log.warn("request stats", {
    "start time": new Date(Date.now() - call.durationMs).toISOString(),
    "time spent": `${call.durationMs.toFixed(3)}ms`,
    remote: call.remote,
    "response type": call.method,
    "request size": call.requestBytes,
    "response size": call.responseBytes,
  });
}
