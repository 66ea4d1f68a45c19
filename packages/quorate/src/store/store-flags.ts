/**
 * The flags of `quorate store`: etcd 3.6's names, kinds and defaults. Flags of things that do not exist here
 * (bbolt's freelist, the v2 store) are taken and have no effect, so that scripts which set them go on
 * working; `EFFECTLESS` says which, and the member logs a line for each that was given.
 */
import type { FlagKind, FlagSpec } from "./go-flags.ts";

type Row = readonly [kind: FlagKind, initial: string, description: string];

const MEMBER: Readonly<Record<string, Row>> = {
  name: ["text", "default", "name of this member"],
  "data-dir": ["text", "", "folder of its log and state (default: <name>.etcd)"],
  "wal-dir": ["text", "", "folder of the log, where it is another"],
  "config-file": ["text", "", "YAML file with these settings; flags and environment are passed over then"],
  "snapshot-count": ["uint", "10000", "applied entries between two trims of the log"],
  "snapshot-catchup-entries": ["uint", "5000", "entries kept behind a trim for members that are slow"],
  "heartbeat-interval": ["uint", "100", "milliseconds between two heartbeats of the leader"],
  "election-timeout": ["uint", "1000", "milliseconds of silence that start an election"],
  "initial-election-tick-advance": ["bool", "true", "elect sooner at start"],
  "listen-peer-urls": ["urls", "http://localhost:2380", "where the other members connect"],
  "listen-client-urls": ["urls", "http://localhost:2379", "where clients connect"],
  "listen-client-http-urls": ["urls", "", "where HTTP is served, instead of beside gRPC"],
  "listen-metrics-urls": ["urls", "", "further addresses of the metrics and the health endpoints"],
  "max-snapshots": ["uint", "5", "snapshot files that are kept"],
  "max-wals": ["uint", "5", "log files that are kept"],
  "quota-backend-bytes": [
    "int",
    "0",
    "size above which what adds data is refused (0: 2 GiB, below 0: no limit)",
  ],
  "backend-bbolt-freelist-type": ["text", "map", "array or map"],
  "backend-batch-interval": ["duration", "0s", "longest time between two writes of the state"],
  "backend-batch-limit": ["int", "0", "most operations between two writes of the state"],
  "max-txn-ops": ["uint", "128", "most operations of a transaction"],
  "max-request-bytes": ["uint", "1572864", "largest request"],
  "max-concurrent-streams": ["uint", "4294967295", "most calls at a time on one connection"],
  "grpc-keepalive-min-time": ["duration", "5s", "shortest time between two pings of a client"],
  "grpc-keepalive-interval": ["duration", "2h0m0s", "time between two pings of the server (0: none)"],
  "grpc-keepalive-timeout": ["duration", "20s", "how long the answer to a ping may take"],
  "socket-reuse-port": ["bool", "false", "listen with SO_REUSEPORT"],
  "socket-reuse-address": ["bool", "false", "listen with SO_REUSEADDR"],
  "enable-grpc-gateway": ["bool", "true", "serve the JSON gateway"],
  "raft-read-timeout": ["duration", "5s", "read timeout between members"],
  "raft-write-timeout": ["duration", "5s", "write timeout between members"],
  "feature-gates": ["text", "", "Name=true,... of the features that are on or off"],
  "memory-mlock": ["bool", "false", "keep the state in memory"],
};

const CLUSTERING: Readonly<Record<string, Row>> = {
  "initial-advertise-peer-urls": [
    "urls",
    "http://localhost:2380",
    "peer URLs that the other members are told",
  ],
  "initial-cluster": ["text", "default=http://localhost:2380", "members of a new cluster, name=url,..."],
  "initial-cluster-state": ["text", "new", "new, or existing to join"],
  "initial-cluster-token": ["text", "etcd-cluster", "makes the ids of a cluster its own"],
  "advertise-client-urls": ["urls", "http://localhost:2379", "client URLs that clients are told"],
  discovery: ["text", "", "discovery URL"],
  "discovery-endpoints": ["list", "", "endpoints of the discovery service"],
  "discovery-token": ["text", "", "token of the cluster at the discovery service"],
  "discovery-dial-timeout": ["duration", "2s", "dial timeout of discovery"],
  "discovery-request-timeout": ["duration", "5s", "request timeout of discovery"],
  "discovery-keepalive-time": ["duration", "2s", "keepalive time of discovery"],
  "discovery-keepalive-timeout": ["duration", "6s", "keepalive timeout of discovery"],
  "discovery-insecure-transport": ["bool", "true", "no TLS towards the discovery service"],
  "discovery-insecure-skip-tls-verify": ["bool", "false", "do not check the discovery service's certificate"],
  "discovery-cert": ["text", "", "client certificate towards the discovery service"],
  "discovery-key": ["text", "", "its private key"],
  "discovery-cacert": ["text", "", "authority of the discovery service"],
  "discovery-user": ["text", "", "user[:password] at the discovery service"],
  "discovery-password": ["text", "", "password at the discovery service"],
  "discovery-fallback": ["text", "exit", "exit"],
  "discovery-proxy": ["text", "", "proxy towards the discovery service"],
  "discovery-srv": ["text", "", "DNS domain whose SRV records name the members"],
  "discovery-srv-name": ["text", "", "suffix of the DNS service name"],
  "strict-reconfig-check": ["bool", "true", "refuse changes of the members that would lose the quorum"],
  "pre-vote": ["bool", "true", "ask before an election whether it could be won"],
  "auto-compaction-mode": ["text", "periodic", "periodic or revision"],
  "auto-compaction-retention": [
    "text",
    "0",
    "history that is kept: a duration, hours, or revisions (0: all)",
  ],
  "v2-deprecation": ["text", "write-only", "phase of the v2 store's end"],
  "max-learners": ["int", "1", "most learners at a time"],
};

const SECURITY: Readonly<Record<string, Row>> = {
  "cert-file": ["text", "", "certificate of the client addresses"],
  "key-file": ["text", "", "its private key"],
  "client-cert-auth": ["bool", "false", "clients need a certificate; its common name is their user"],
  "client-cert-file": ["text", "", "certificate of this member as a client of itself"],
  "client-key-file": ["text", "", "its private key"],
  "client-crl-file": ["text", "", "list of revoked client certificates"],
  "client-cert-allowed-hostname": ["list", "", "names of which a client's certificate needs one"],
  "trusted-ca-file": ["text", "", "authority of the clients' certificates"],
  "auto-tls": ["bool", "false", "serve clients with a certificate that is made at the first start"],
  "peer-cert-file": ["text", "", "certificate towards the other members"],
  "peer-key-file": ["text", "", "its private key"],
  "peer-client-cert-auth": ["bool", "false", "members need a certificate"],
  "peer-client-cert-file": ["text", "", "certificate of outgoing connections, where it is another"],
  "peer-client-key-file": ["text", "", "its private key"],
  "peer-trusted-ca-file": ["text", "", "authority of the members' certificates"],
  "peer-cert-allowed-cn": ["list", "", "common names of which a member's certificate needs one"],
  "peer-cert-allowed-hostname": ["list", "", "names of which a member's certificate needs one"],
  "peer-auto-tls": [
    "bool",
    "false",
    "encrypt between members with certificates that are made at the first start",
  ],
  "peer-skip-client-san-verification": [
    "bool",
    "false",
    "do not compare a member's certificate with its address",
  ],
  "peer-crl-file": ["text", "", "list of revoked member certificates"],
  "self-signed-cert-validity": ["uint", "1", "years that a made certificate holds"],
  "cipher-suites": ["list", "", "TLS cipher suites by their IANA names"],
  cors: ["text", "*", "origins that may use the gateway"],
  "host-whitelist": ["list", "*", "host names under which HTTP is served without TLS"],
  "tls-min-version": ["text", "TLS1.2", "TLS1.2 or TLS1.3"],
  "tls-max-version": ["text", "", "TLS1.2 or TLS1.3"],
  "auth-token": ["text", "simple", "simple, or jwt,sign-method=...,pub-key=...,priv-key=...,ttl=..."],
  "bcrypt-cost": ["uint", "10", "cost of password hashes"],
  "auth-token-ttl": ["uint", "300", "seconds that a token holds"],
};

const OPERATION: Readonly<Record<string, Row>> = {
  version: ["bool", "false", "say the version and end"],
  "enable-pprof": ["bool", "false", "serve profiles"],
  metrics: ["text", "basic", "basic or extensive"],
  logger: ["text", "zap", "zap"],
  "log-outputs": ["list", "default", "stderr, stdout or files"],
  "log-level": ["text", "info", "debug, info, warn, error, panic or fatal"],
  "log-format": ["text", "json", "json or console"],
  "enable-log-rotation": ["bool", "false", "rotate the log file"],
  "log-rotation-config-json": [
    "text",
    '{"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}',
    "how the log file is rotated",
  ],
  "warning-unary-request-duration": ["duration", "300ms", "log calls that take longer"],
  "warning-apply-duration": ["duration", "100ms", "log applies that take longer"],
  "enable-distributed-tracing": ["bool", "false", "send traces"],
  "distributed-tracing-address": ["text", "localhost:4317", "where traces go"],
  "distributed-tracing-service-name": ["text", "etcd", "service name of traces"],
  "distributed-tracing-instance-id": ["text", "", "instance id of traces"],
  "distributed-tracing-sampling-rate": ["int", "0", "traces a million calls"],
  "corrupt-check-time": [
    "duration",
    "0s",
    "time between two checks that the members hold the same (0: none)",
  ],
  "compact-hash-check-time": ["duration", "1m0s", "time between two comparisons of compacted hashes"],
  "compaction-batch-limit": ["int", "0", "most revisions removed at once by a compaction"],
  "compaction-sleep-interval": ["duration", "0s", "pause between two such batches"],
  "watch-progress-notify-interval": ["duration", "0s", "time between two progress notifications (0: 10m)"],
  "downgrade-check-time": ["duration", "5s", "time between two looks at a downgrade"],
  "bootstrap-defrag-threshold-megabytes": ["uint", "0", "defragment at start where that frees so much"],
  "force-new-cluster": [
    "bool",
    "false",
    "make this member the only one of a new cluster that keeps its data",
  ],
  "unsafe-no-fsync": ["bool", "false", "acknowledged writes are on disk all the same"],
};

/** Names before 3.6; what they are called now. */
const EXPERIMENTAL: Readonly<Record<string, string>> = {
  "experimental-compact-hash-check-time": "compact-hash-check-time",
  "experimental-corrupt-check-time": "corrupt-check-time",
  "experimental-compaction-batch-limit": "compaction-batch-limit",
  "experimental-watch-progress-notify-interval": "watch-progress-notify-interval",
  "experimental-warning-apply-duration": "warning-apply-duration",
  "experimental-warning-unary-request-duration": "warning-unary-request-duration",
  "experimental-bootstrap-defrag-threshold-megabytes": "bootstrap-defrag-threshold-megabytes",
  "experimental-memory-mlock": "memory-mlock",
  "experimental-snapshot-catchup-entries": "snapshot-catchup-entries",
  "experimental-compaction-sleep-interval": "compaction-sleep-interval",
  "experimental-downgrade-check-time": "downgrade-check-time",
  "experimental-peer-skip-client-san-verification": "peer-skip-client-san-verification",
  "experimental-enable-distributed-tracing": "enable-distributed-tracing",
  "experimental-distributed-tracing-address": "distributed-tracing-address",
  "experimental-distributed-tracing-service-name": "distributed-tracing-service-name",
  "experimental-distributed-tracing-instance-id": "distributed-tracing-instance-id",
  "experimental-distributed-tracing-sampling-rate": "distributed-tracing-sampling-rate",
};

/** Booleans of before 3.6 that are feature gates now. */
export const EXPERIMENTAL_FEATURES: Readonly<Record<string, string>> = {
  "experimental-stop-grpc-service-on-defrag": "StopGRPCServiceOnDefrag",
  "experimental-initial-corrupt-check": "InitialCorruptCheck",
  "experimental-compact-hash-check-enabled": "CompactHashCheck",
  "experimental-txn-mode-write-with-shared-buffer": "TxnModeWriteWithSharedBuffer",
  "experimental-enable-lease-checkpoint": "LeaseCheckpoint",
  "experimental-enable-lease-checkpoint-persist": "LeaseCheckpointPersist",
};

/** Features by their defaults. */
export const FEATURES: Readonly<Record<string, boolean>> = {
  StopGRPCServiceOnDefrag: false,
  InitialCorruptCheck: false,
  CompactHashCheck: false,
  TxnModeWriteWithSharedBuffer: true,
  LeaseCheckpoint: false,
  LeaseCheckpointPersist: false,
  SetMemberLocalAddr: false,
};

/** Taken without a word and without effect, as etcd does. */
const IGNORED = [
  ...["cluster-active-size", "cluster-remove-delay", "cluster-sync-interval", "config", "force"],
  ...["max-result-buffer", "max-retry-attempts", "peer-heartbeat-interval", "peer-election-timeout"],
  ...["retry-interval", "snapshot", "v", "vv", "test.coverprofile", "test.outputdir"],
];

/** What a deprecated flag is replaced by. */
export function replacementOf(name: string): string | undefined {
  const feature = EXPERIMENTAL_FEATURES[name];
  return feature ? `feature-gates=${feature}=true` : EXPERIMENTAL[name];
}

/** The name under which a flag's value is kept. */
export function currentName(name: string): string {
  return EXPERIMENTAL[name] ?? name;
}

/** Taken so that scripts go on working; what they tune is not there, or done in another way. */
export const EFFECTLESS: ReadonlySet<string> = new Set([
  ...["max-snapshots", "max-wals", "backend-bbolt-freelist-type", "backend-batch-interval"],
  ...["backend-batch-limit", "memory-mlock", "initial-election-tick-advance", "raft-read-timeout"],
  ...["raft-write-timeout", "socket-reuse-port", "socket-reuse-address", "grpc-keepalive-min-time"],
  ...["enable-pprof", "pre-vote", "v2-deprecation", "enable-log-rotation", "metrics"],
  ...["log-rotation-config-json", "warning-apply-duration"],
  ...["enable-distributed-tracing", "distributed-tracing-address", "distributed-tracing-service-name"],
  ...["distributed-tracing-instance-id", "distributed-tracing-sampling-rate", "compact-hash-check-time"],
  ...["compaction-batch-limit", "compaction-sleep-interval", "downgrade-check-time", "unsafe-no-fsync"],
  ...["bootstrap-defrag-threshold-megabytes", "peer-skip-client-san-verification", "client-cert-file"],
  ...["client-key-file"],
]);

/** In the order of --help. */
export const FLAG_GROUPS: readonly (readonly [heading: string, flags: Readonly<Record<string, Row>>])[] = [
  ["Member", MEMBER],
  ["Clustering", CLUSTERING],
  ["Security", SECURITY],
  ["Operation", OPERATION],
];

function specOf([kind, initial, description]: Row): FlagSpec {
  return { kind, initial, description };
}

function allFlags(): Record<string, FlagSpec> {
  const specs: Record<string, FlagSpec> = {};
  for (const [, rows] of FLAG_GROUPS) for (const name of Object.keys(rows)) specs[name] = specOf(rows[name]!);
  for (const [old, name] of Object.entries(EXPERIMENTAL)) {
    specs[old] = { ...specs[name]!, description: `now --${name}` };
  }
  for (const [old, feature] of Object.entries(EXPERIMENTAL_FEATURES)) {
    const initial = String(FEATURES[feature]);
    specs[old] = { kind: "bool", initial, description: `now --feature-gates=${feature}` };
  }
  for (const name of IGNORED) specs[name] = { kind: "ignored", initial: "", description: "" };
  return specs;
}

/** Every flag by its name. */
export const STORE_FLAGS: Readonly<Record<string, FlagSpec>> = allFlags();
