/**
 * `quorate store` from its arguments to its end: settings from flags, environment or file, one member with
 * the etcd surface in this process (nothing else runs here, so no thread of its own is needed), log lines as
 * etcd writes them, and an end by the signal that asked for it.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { CodedError, hasCode } from "@quorate/base";
import type { EtcdApi } from "@quorate/etcd-api";
import { failureLine } from "../command/failure-line.ts";
import { type OpenReplica, openReplica } from "../open-replica.ts";
import { openEtcdSurface } from "./etcd-surface.ts";
import { placeLog } from "./log-place.ts";
import { logSlowCall, logStart } from "./start-lines.ts";
import type { StoreConfig } from "./store-config.ts";
import type { StoreLog } from "./store-log.ts";
import { readStoreSettings, type StoreSettings } from "./store-settings.ts";
import { untilPublished } from "./until-published.ts";

/** Calls under way get so long at the end. */
const GRACE_MS = 1_000;
/** Bound: a store that can't stop cleanly within this is ended all the same. */
const STOP_MS = 20_000;
const FAILED = 1;
/** etcd's: a member that came only just does not count when the members are changed. */
const HEALTH_INTERVAL_MS = 5_000;

/** A store that runs. */
interface RunningStore {
  readonly open: OpenReplica;
  readonly surface: EtcdApi;
}

/** Runs until a signal or a failure; resolves never, the process ends. */
export async function runStore(args: readonly string[]): Promise<void> {
  const found = await readStoreSettings(args, process.env);
  if (typeof found === "number") {
    process.exitCode = found;
    return;
  }
  const { config, log } = found;
  // Measured: the young generation would grow to 96 MB and save nothing.
  setFlagsFromString("--semi-space-growth-factor=1");
  // A state that is half changed must not go on.
  process.on("uncaughtException", (error) => {
    log.fatal("unexpected failure", { error: failureLine(error), stacktrace: error.stack });
    process.exit(FAILED);
  });
  const failed = Promise.withResolvers<Error>();
  const stopping = untilSignal();
  let store: RunningStore;
  try {
    store = await start(config, found, log, failed.resolve);
  } catch (error) {
    log.fatal("discovery failed", { error: failureLine(error) });
    process.exit(FAILED);
  }
  const why = await Promise.race([stopping, failed.promise]);
  if (why instanceof Error) await endFailed(store, why, log);
  else await endBySignal(store, why, config, log);
}

async function start(
  config: StoreConfig,
  { peerTls, clientTls, renewPeerTls, renewClientTls, jwt }: StoreSettings,
  log: StoreLog,
  failed: (error: Error) => void,
): Promise<RunningStore> {
  const { initialCluster, initialClusterToken } = await clusterOf(config, log);
  if (config.walDir) await placeLog(config.dataDir, config.walDir);
  const open = await openReplica(
    {
      dataDir: config.dataDir,
      name: config.name,
      initialCluster,
      initialClusterState: config.initialClusterState,
      initialClusterToken,
      listenPeerUrls: config.listenPeerUrls,
      advertisePeerUrls: config.advertisePeerUrls,
      advertiseClientUrls: config.advertiseClientUrls,
      ...(peerTls ? { peerCertificates: peerTls } : undefined),
      heartbeatMs: config.heartbeatMs,
      electionMs: config.electionMs,
      snapshotCount: config.snapshotCount,
      catchUpEntries: config.catchUpEntries,
      strictReconfigCheck: config.strictReconfigCheck,
      healthIntervalMs: HEALTH_INTERVAL_MS,
      ...(config.progressNotifyMs > 0 ? { progressNotifyMs: config.progressNotifyMs } : undefined),
      forceNewCluster: config.forceNewCluster,
      ...(config.autoCompaction ? { autoCompaction: config.autoCompaction } : undefined),
      corruptCheckMs: config.corruptCheckMs,
      initialCorruptCheck: config.initialCorruptCheck,
      quotaBytes: config.quotaBytes < 0 ? Number.MAX_SAFE_INTEGER : config.quotaBytes,
    },
    { note: (line) => logNote(line, log), ...(renewPeerTls && { renewPeerTls }), failed },
  );
  const ready = untilPublished(open.replica);
  try {
    const surface = await openEtcdSurface(
      open.replica,
      {
        listenUrls: config.listenClientUrls,
        listenHttpUrls: config.listenClientHttpUrls,
        listenMetricsUrls: config.listenMetricsUrls,
        tls: clientTls,
        certificateNamesAreUsers: config.clientTls.clientCertAuth,
        jwt,
        tokenTtlSeconds: config.authTokenTtlSeconds,
        bcryptCost: config.bcryptCost,
        txnOpsMax: config.txnOpsMax,
        requestBytesMax: config.requestBytesMax,
        concurrentStreamsMax: config.concurrentStreamsMax,
        keepAliveIntervalMs: config.keepAliveIntervalMs,
        keepAliveTimeoutMs: config.keepAliveTimeoutMs,
        electionMs: config.electionMs,
        learnersMax: config.learnersMax,
        gateway: config.gateway,
        httpAccess: config.httpAccess,
      },
      ready,
      {
        ...(renewClientTls && { renewTls: renewClientTls }),
        slowCalls: { thresholdMs: config.warningUnaryMs, tell: (call) => logSlowCall(call, log) },
        rejected: (remote, error) =>
          log.warn("rejected connection on client endpoint", { "remote-addr": remote, error }),
      },
    );
    logStart(open, surface, config, log);
    void ready.then(() => logReady(surface, log));
    return { open, surface };
  } catch (error) {
    await open.stop();
    throw error;
  }
}

/** As told, or as a discovery service says; that is asked only by a member that has no data yet. */
async function clusterOf(
  { discovery, dataDir, name, advertisePeerUrls, initialCluster, initialClusterToken }: StoreConfig,
  log: StoreLog,
): Promise<{ readonly initialCluster: string; readonly initialClusterToken: string }> {
  const isKnown = await stat(join(dataDir, "member.json")).catch(() => undefined);
  if (!discovery || isKnown) return { initialCluster, initialClusterToken };
  const { discoverCluster, readDiscovery } = await import("./discovery.ts");
  const own = { name, peerUrls: advertisePeerUrls };
  const note = (line: string): void => log.info(line, { endpoints: discovery.endpoints });
  const found = await discoverCluster(await readDiscovery(discovery), own, note);
  return { initialCluster: found, initialClusterToken: discovery.token };
}

/** What the replica has to say. */
function logNote(line: string, log: StoreLog): void {
  const caller = "quorate/replica";
  // Compat: who looks for turned-away members in etcd's log finds them here.
  if (line.startsWith("a peer connection"))
    log.warn("rejected connection on peer endpoint", { caller, error: line });
  else log.info(line, { caller });
}

function logReady(surface: EtcdApi, log: StoreLog): void {
  log.info("ready to serve client requests");
  for (const url of surface.urls) {
    const address = url.replace(/^[a-z]+:\/\//, "");
    if (/^(https|unixs):/.test(url)) {
      log.info("serving client traffic securely", { traffic: "grpc+http", address });
    } else {
      log.info("serving client traffic insecurely; this is strongly discouraged!", {
        traffic: "grpc+http",
        address,
      });
    }
  }
}

/** The signal that asks for an end; a second one ends at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(FAILED);
        isAsked = true;
        resolve(signal);
      });
    }
  });
}

const SIGNAL_NAMES: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGINT: "interrupt",
  SIGTERM: "terminated",
};

async function endBySignal(
  { open, surface }: RunningStore,
  signal: NodeJS.Signals,
  config: StoreConfig,
  log: StoreLog,
): Promise<void> {
  setTimeout(() => process.exit(FAILED), STOP_MS).unref();
  const about = {
    name: config.name,
    "data-dir": config.dataDir,
    "advertise-peer-urls": config.advertisePeerUrls,
    "advertise-client-urls": config.advertiseClientUrls,
  };
  log.info("received signal; shutting down", { signal: SIGNAL_NAMES[signal] });
  log.info("closing etcd server", about);
  await surface.close(GRACE_MS);
  await open.stop({ transferLeadership: true });
  log.info("closed etcd server", about);
  // As etcd: whoever waits for the process sees that the signal ended it.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

async function endFailed({ open, surface }: RunningStore, error: Error, log: StoreLog): Promise<never> {
  const isRemoved = hasCode(error, "MEMBER_REMOVED");
  const code = error instanceof CodedError ? error.code : "INTERNAL";
  if (isRemoved)
    log.warn("server error", { error: "the member has been permanently removed from the cluster" });
  else log.fatal("the member can't go on", { error: failureLine(error), code });
  if (isRemoved) log.warn("data-dir used by this member must be removed");
  await Promise.race([surface.close(0).then(() => open.stop()), delay(GRACE_MS)]);
  process.exit(isRemoved ? 0 : FAILED);
}
