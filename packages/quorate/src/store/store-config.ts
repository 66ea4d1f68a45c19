/**
 * All that a store needs to run, checked and complete: what its settings come down to. Rules and texts of the
 * checks are etcd's, so that scripts that look for them find them.
 */
import { isIP } from "node:net";
import { CodedError } from "@quorate/base";
import type { HttpAccess } from "@quorate/etcd-api";
import type { AutoCompaction } from "@quorate/replica";
import { readFeatures } from "./feature-gates.ts";
import type { FlagValues } from "./flag-values.ts";
import { parseDuration } from "./go-flags.ts";
import { STORE_FLAGS } from "./store-flags.ts";
import { type TlsConfig, tlsConfigOf } from "./tls-config.ts";

/** A store's settings. URL lists are sorted. */
export interface StoreConfig {
  readonly name: string;
  readonly dataDir: string;
  readonly walDir: string | undefined;
  readonly listenPeerUrls: readonly string[];
  readonly advertisePeerUrls: readonly string[];
  readonly listenClientUrls: readonly string[];
  readonly listenClientHttpUrls: readonly string[];
  readonly listenMetricsUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  readonly initialCluster: string;
  /** Where the members of a new cluster find each other, instead of `initialCluster`. */
  readonly discovery: DiscoveryFlags | undefined;
  readonly initialClusterState: "new" | "existing";
  readonly initialClusterToken: string;
  readonly forceNewCluster: boolean;
  readonly strictReconfigCheck: boolean;
  readonly learnersMax: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly snapshotCount: number;
  readonly catchUpEntries: number;
  /** 0: the default; below 0: no quota. */
  readonly quotaBytes: number;
  readonly txnOpsMax: number;
  readonly requestBytesMax: number;
  readonly concurrentStreamsMax: number;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly keepAliveMinMs: number;
  readonly gateway: boolean;
  readonly httpAccess: HttpAccess;
  readonly clientTls: TlsConfig;
  readonly peerTls: TlsConfig;
  /** As given to --auth-token. */
  readonly authToken: string;
  readonly authTokenTtlSeconds: number;
  readonly bcryptCost: number;
  readonly autoCompaction: AutoCompaction | undefined;
  readonly initialCorruptCheck: boolean;
  /** 0: never. */
  readonly corruptCheckMs: number;
  /** 0: the default. */
  readonly progressNotifyMs: number;
  readonly extensiveMetrics: boolean;
  readonly warningUnaryMs: number;
}

/** What was said of a discovery service. */
export interface DiscoveryFlags {
  readonly token: string;
  readonly endpoints: readonly string[];
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** No TLS, where none of the files is given. */
  readonly isPlain: boolean;
  readonly takesAny: boolean;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

const ELECTION_MS_MAX = 50_000;

/** What can't be started. */
export function refuse(message: string): never {
  throw new CodedError("BAD_FLAGS", message);
}

function checkBind(urls: readonly string[]): void {
  for (const url of urls) {
    if (url.startsWith("unix")) continue;
    const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
    if (host !== "localhost" && isIP(host) === 0) refuse(`expected IP in URL for binding (${url})`);
  }
}

function checkHosts(flag: string, urls: readonly string[]): void {
  for (const url of urls) {
    if (!url.startsWith("unix") && new URL(url).hostname === "") {
      refuse(
        `--${flag} ${JSON.stringify(urls.join(","))} must be "host:port" (unexpected empty host (${url}))`,
      );
    }
  }
}

function checkTimes(heartbeatMs: number, electionMs: number): void {
  if (heartbeatMs === 0) refuse("--heartbeat-interval must be >0 (set to 0ms)");
  if (electionMs === 0) refuse("--election-timeout must be >0 (set to 0ms)");
  if (5 * heartbeatMs > electionMs) {
    const [election, heartbeat] = [
      `--election-timeout[${electionMs}ms]`,
      `--heartbeat-interval[${heartbeatMs}ms]`,
    ];
    refuse(`${election} should be at least as 5 times as ${heartbeat}`);
  }
  if (electionMs > ELECTION_MS_MAX) {
    refuse(
      `--election-timeout[${electionMs}ms] is too long, and should be set less than ${ELECTION_MS_MAX}ms`,
    );
  }
}

/** Compat: as etcd, the default where the cost can't be; above 20 (etcd: 31) a login would take a minute. */
function bcryptCostOf(cost: number): number {
  return cost >= 4 && cost <= 20 ? cost : 10;
}

function autoCompactionOf(values: FlagValues): AutoCompaction | undefined {
  const mode = values.text("auto-compaction-mode");
  if (mode === "") refuse("undefined auto-compaction-mode");
  if (mode !== "periodic" && mode !== "revision")
    refuse(`unknown auto-compaction-mode ${JSON.stringify(mode)}`);
  const text = values.text("auto-compaction-retention");
  const count = /^\d+$/.test(text) ? Number(text) : undefined;
  const duration = count === undefined ? parseDuration(text) : count * 3_600_000;
  if (duration === undefined) {
    refuse(`error parsing CompactionRetention: time: invalid duration ${JSON.stringify(text)}`);
  }
  // As etcd: a duration for revisions counts its nanoseconds.
  const retention = mode === "revision" ? (count ?? duration * 1e6) : duration;
  return retention > 0 ? { mode, retention } : undefined;
}

function discoveryOf(values: FlagValues): DiscoveryFlags | undefined {
  for (const name of [
    "discovery",
    "discovery-srv",
    "discovery-proxy",
    "discovery-user",
    "discovery-password",
  ]) {
    if (values.text(name) === "") continue;
    refuse(`--${name} is not supported here: use --discovery-token and --discovery-endpoints`);
  }
  if (values.text("discovery-fallback") !== "exit") {
    refuse(`v2 proxy is deprecated, and --discovery-fallback can't be configured as "proxy"`);
  }
  const [token, endpoints] = [values.text("discovery-token"), values.list("discovery-endpoints")];
  if (token === "" && endpoints.length === 0) return undefined;
  if (token === "" || endpoints.length === 0) {
    refuse("both --discovery-endpoints and --discovery-token must be set");
  }
  if (values.isGiven("initial-cluster")) {
    refuse(
      'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery", ' +
        '"discovery-endpoints" or "discovery-srv"',
    );
  }
  const file = (name: string) => values.text(`discovery-${name}`) || undefined;
  return {
    ...{ token, endpoints, caFile: file("cacert"), certFile: file("cert"), keyFile: file("key") },
    isPlain: values.bool("discovery-insecure-transport"),
    takesAny: values.bool("discovery-insecure-skip-tls-verify"),
    connectTimeoutMs: values.milliseconds("discovery-dial-timeout"),
    requestTimeoutMs: values.milliseconds("discovery-request-timeout"),
  };
}

function checkOldNames(values: FlagValues): void {
  for (const old of values.explicit) {
    if (!old.startsWith("experimental-")) continue;
    const name = old.slice("experimental-".length);
    if (STORE_FLAGS[name] && values.explicit.has(name)) {
      refuse(`cannot set --${old} and --${name} at the same time, please use --${name} only`);
    }
  }
}

function initialClusterOf(values: FlagValues, name: string, advertisePeerUrls: readonly string[]): string {
  const given = values.text("initial-cluster");
  const isDefault = given === STORE_FLAGS["initial-cluster"]!.initial;
  if (!isDefault || name === "default") return given;
  return advertisePeerUrls.map((url) => `${name}=${url}`).join(",");
}

/** Checks the settings. Throws BAD_FLAGS with etcd's text for what can't be. */
export function storeConfigOf(values: FlagValues): StoreConfig {
  checkOldNames(values);
  const [listenPeerUrls, listenClientUrls] = [
    values.urls("listen-peer-urls"),
    values.urls("listen-client-urls"),
  ];
  const [listenClientHttpUrls, listenMetricsUrls] = [
    values.urls("listen-client-http-urls"),
    values.urls("listen-metrics-urls"),
  ];
  for (const urls of [listenPeerUrls, listenClientUrls, listenClientHttpUrls, listenMetricsUrls])
    checkBind(urls);
  const advertisePeerUrls = values.urls("initial-advertise-peer-urls");
  const isUntold = values.isGiven("listen-client-urls") && !values.isGiven("advertise-client-urls");
  const advertiseClientUrls = isUntold ? [] : values.urls("advertise-client-urls");
  checkHosts("initial-advertise-peer-urls", advertisePeerUrls);
  checkHosts("advertise-client-urls", advertiseClientUrls);
  const state = values.text("initial-cluster-state");
  if (state !== "new" && state !== "existing") refuse(`unexpected clusterState ${JSON.stringify(state)}`);
  const [heartbeatMs, electionMs] = [values.number("heartbeat-interval"), values.number("election-timeout")];
  checkTimes(heartbeatMs, electionMs);
  if (advertiseClientUrls.length === 0) {
    refuse("--advertise-client-urls is required when --listen-client-urls is set explicitly");
  }
  if (values.text("logger") !== "zap")
    refuse(`unknown logger option ${JSON.stringify(values.text("logger"))}`);
  if (values.milliseconds("compact-hash-check-time") <= 0) {
    refuse(`--compact-hash-check-time must be >0 (set to ${values.text("compact-hash-check-time")})`);
  }
  const features = readFeatures(values);
  const name = values.text("name");
  const tls = { minimum: values.text("tls-min-version"), maximum: values.text("tls-max-version") };
  return {
    name,
    dataDir: values.text("data-dir") || `${name}.etcd`,
    walDir: values.text("wal-dir") || undefined,
    listenPeerUrls,
    advertisePeerUrls,
    listenClientUrls,
    listenClientHttpUrls,
    listenMetricsUrls,
    advertiseClientUrls,
    initialCluster: initialClusterOf(values, name, advertisePeerUrls),
    discovery: discoveryOf(values),
    initialClusterState: state,
    initialClusterToken: values.text("initial-cluster-token"),
    forceNewCluster: values.bool("force-new-cluster"),
    strictReconfigCheck: values.bool("strict-reconfig-check"),
    learnersMax: values.number("max-learners"),
    heartbeatMs,
    electionMs,
    snapshotCount: values.number("snapshot-count"),
    catchUpEntries: values.number("snapshot-catchup-entries"),
    quotaBytes: values.number("quota-backend-bytes"),
    txnOpsMax: values.number("max-txn-ops"),
    requestBytesMax: values.number("max-request-bytes"),
    concurrentStreamsMax: values.number("max-concurrent-streams"),
    keepAliveIntervalMs: values.milliseconds("grpc-keepalive-interval"),
    keepAliveTimeoutMs: values.milliseconds("grpc-keepalive-timeout"),
    keepAliveMinMs: values.milliseconds("grpc-keepalive-min-time"),
    gateway: values.bool("enable-grpc-gateway"),
    httpAccess: { origins: values.list("cors"), hosts: values.list("host-whitelist") },
    clientTls: tlsConfigOf(values, "", tls),
    peerTls: tlsConfigOf(values, "peer-", tls),
    authToken: values.text("auth-token"),
    authTokenTtlSeconds: values.number("auth-token-ttl"),
    bcryptCost: bcryptCostOf(values.number("bcrypt-cost")),
    autoCompaction: autoCompactionOf(values),
    initialCorruptCheck: features.InitialCorruptCheck === true,
    corruptCheckMs: values.milliseconds("corrupt-check-time"),
    progressNotifyMs: values.milliseconds("watch-progress-notify-interval"),
    extensiveMetrics: values.text("metrics") === "extensive",
    warningUnaryMs: values.milliseconds("warning-unary-request-duration"),
  };
}
