/**
 * The flags of `quorate serve`: kube-apiserver's names for the front door, etcd's for membership and the
 * store, with their meanings and defaults. A flag is listed only once what it controls exists; any other is
 * refused.
 */
import { CONTROLLER_NAMES } from "@quorate/controllers/controller-selection";
import { formatDuration } from "@quorate/object";
import { type Command, Option } from "commander";
import { DEFAULT_SERVICE_RANGE } from "../member/service-address.ts";
import { API_WORKERS_MAX } from "../workers/workers-plan.ts";
import { addApiserverFlags } from "./apiserver-flags.ts";
import {
  addressRanges,
  boolean,
  duration,
  integer,
  ipAddress,
  list,
  oneOf,
  port,
  urlList,
} from "./flag-values.ts";

/** What commander hands over. */
export interface ServeFlags {
  readonly name: string;
  readonly dataDir?: string;
  readonly bindAddress: string;
  readonly securePort: number;
  readonly advertiseAddress?: string;
  readonly clientCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly serviceAccountIssuer: string;
  readonly serviceAccountKeyFile?: string[];
  readonly serviceAccountSigningKeyFile?: string;
  readonly serviceClusterIpRange: string;
  readonly rootCaFile?: string;
  readonly controllers: string[];
  readonly enableGarbageCollector: boolean;
  readonly endpointReconcilerType: "lease" | "none";
  readonly disableAdmissionPlugins?: string[];
  /** Milliseconds, as every duration here. */
  readonly eventTtl: number;
  readonly requestTimeout: number;
  readonly minRequestTimeout: number;
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
  readonly shutdownDelayDuration: number;
  readonly apiWorkers: number;
  readonly etcdPrefix: string;
  readonly etcdCompactionInterval: number;
  readonly etcdServers?: string[];
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly initialCluster?: string;
  readonly initialClusterState: "new" | "existing";
  readonly initialClusterToken: string;
  readonly promoteWhenReady: boolean;
  readonly listenPeerUrls: string[];
  readonly initialAdvertisePeerUrls?: string[];
  readonly peerCertFile?: string;
  readonly peerKeyFile?: string;
  readonly peerTrustedCaFile?: string;
  readonly listenClientUrls?: string[];
  readonly advertiseClientUrls?: string[];
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly trustedCaFile?: string;
  readonly clientCertAuth: boolean;
  readonly heartbeatInterval: number;
  readonly electionTimeout: number;
  readonly snapshotCount: number;
  readonly quotaBackendBytes: number;
  readonly logLevel?: string;
  readonly v?: number;
}

type FlagRow = readonly [
  flags: string,
  description: string,
  parse?: ((text: string) => unknown) | typeof list,
  initial?: unknown,
];

const API_FLAGS: readonly FlagRow[] = [
  ["--bind-address <ip>", "address to listen on", ipAddress, "0.0.0.0"],
  ["--secure-port <port>", "port to listen on", port, 6443],
  [
    "--advertise-address <ip>",
    "address under which clients reach this member (default: what it is bound to)",
    ipAddress,
  ],
  [
    "--client-ca-file <file>",
    "authority of client certificates: their common name is the user, organizations are groups",
  ],
  ["--tls-cert-file <file>", "serving certificate (default: made in the data directory)"],
  ["--tls-private-key-file <file>", "its private key"],
  [
    "--service-account-issuer <url>",
    "issuer of service-account tokens",
    undefined,
    "https://kubernetes.default.svc",
  ],
  ["--service-account-key-file <files>", "keys that verify service-account tokens", list],
  ["--service-account-signing-key-file <file>", "key that signs service-account tokens"],
  ["--service-cluster-ip-range <ranges>", "addresses of services", addressRanges, DEFAULT_SERVICE_RANGE],
  ["--root-ca-file <file>", "published as kube-root-ca.crt in every namespace (default: --client-ca-file)"],
  ["--disable-admission-plugins <names>", "admission plugins that are on by default", list],
  [
    "--endpoint-reconciler-type <type>",
    "lease, or none to leave the kubernetes service alone",
    oneOf("lease", "none"),
    "lease",
  ],
  ["--event-ttl <duration>", "how long events are kept", duration, 3_600_000],
  ["--request-timeout <duration>", "how long a request may take", duration, 60_000],
  ["--min-request-timeout <seconds>", "how long a watch lives, up to twice of it", integer(0), 1_800],
  ["--max-requests-inflight <number>", "reading requests at a time (0: any number)", integer(0), 400],
  [
    "--max-mutating-requests-inflight <number>",
    "writing requests at a time (0: any number)",
    integer(0),
    200,
  ],
  [
    "--api-workers <number>",
    "processes that serve the API, for machines with many cores (1: the member's own)",
    integer(1, API_WORKERS_MAX),
    1,
  ],
  ["--shutdown-delay-duration <duration>", "how long to serve on, unready, before stopping", duration, 0],
  ["--etcd-prefix <prefix>", "what the keys of all objects begin with", undefined, "/registry"],
  [
    "--etcd-compaction-interval <duration>",
    "how often the store's history is cut to this length (0: never)",
    duration,
    300_000,
  ],
];

const EXTERNAL_FLAGS: readonly FlagRow[] = [
  ["--etcd-servers <urls>", "addresses of an etcd, like https://10.0.0.1:2379", list],
  ["--etcd-cafile <file>", "authority of its certificates"],
  ["--etcd-certfile <file>", "certificate to show to it"],
  ["--etcd-keyfile <file>", "its private key"],
];

const CONTROLLER_FLAGS: readonly FlagRow[] = [
  ["--controllers <names>", `* for all, -name for all but one: ${CONTROLLER_NAMES.join(", ")}`, list, ["*"]],
  [
    "--enable-garbage-collector [boolean]",
    "false: as --controllers=-garbage-collector-controller",
    boolean,
    true,
  ],
];

const MEMBER_FLAGS: readonly FlagRow[] = [
  ["--name <name>", "name of this member", undefined, "default"],
  ["--data-dir <folder>", "where its log and state lie (default: <name>.quorate)"],
  [
    "--initial-cluster <list>",
    "members of a new cluster, like m1=https://10.0.0.1:2380 (default: this one alone)",
  ],
  ["--initial-cluster-state <state>", "new or existing", oneOf("new", "existing"), "new"],
  [
    "--promote-when-ready [boolean]",
    "let it vote by itself once it has caught up, where it joins as a learner",
    boolean,
    true,
  ],
  ["--initial-cluster-token <token>", "makes the cluster's identity its own", undefined, "etcd-cluster"],
  ["--listen-peer-urls <urls>", "where the other members connect", urlList, ["https://127.0.0.1:2380"]],
  ["--initial-advertise-peer-urls <urls>", "how they reach it (default: where it listens)", urlList],
  ["--peer-cert-file <file>", "certificate towards the other members (default: made in the data directory)"],
  ["--peer-key-file <file>", "its private key"],
  ["--peer-trusted-ca-file <file>", "authority of the members' certificates"],
  ["--listen-client-urls <urls>", "where etcd's clients are served (default: nowhere)", urlList],
  ["--advertise-client-urls <urls>", "what they are told (default: where it listens)", urlList],
  ["--cert-file <file>", "certificate towards etcd's clients (default: the one towards members)"],
  ["--key-file <file>", "its private key"],
  ["--trusted-ca-file <file>", "authority of their certificates (default: that of the members)"],
  ["--client-cert-auth [boolean]", "whether they need one; they can read every secret", boolean, true],
  ["--heartbeat-interval <ms>", "between two heartbeats of the leader", integer(10, 60_000), 100],
  ["--election-timeout <ms>", "silence of the leader that starts an election", integer(50, 50_000), 1000],
  ["--snapshot-count <entries>", "applied entries between two trims of the log", integer(100), 10_000],
  ["--quota-backend-bytes <bytes>", "size over which writes that add are refused (0: 8 GiB)", integer(0), 0],
];

const LOG_FLAGS: readonly FlagRow[] = [
  ["--log-level <level>", "debug, info, warn or error", oneOf("debug", "info", "warn", "error")],
  ["-v, --v <number>", "verbosity as kube-apiserver counts it: from 4 on, debug", integer(0, 10)],
];

const NS_PER_MS = 1e6;

/** A list that may be given several times; what is given takes the place of the default. */
function listAfter(initial: unknown): (text: string, before: string[] | undefined) => string[] {
  return (text, before) => list(text, before, before === initial);
}

/** Adds every flag to the command, in the groups that --help shows. */
export function addServeFlags(command: Command): Command {
  const groups: readonly (readonly [string, readonly FlagRow[]])[] = [
    ["API server flags:", API_FLAGS],
    ["Controller flags (as kube-controller-manager's; turn off what one beside it does):", CONTROLLER_FLAGS],
    ["External store flags (an etcd instead of the member's own store):", EXTERNAL_FLAGS],
    ["Member and store flags (as etcd's):", MEMBER_FLAGS],
    ["Log flags:", LOG_FLAGS],
  ];
  for (const [heading, rows] of groups) {
    for (const [flags, description, parse, initial] of rows) {
      const option = new Option(flags, description).helpGroup(heading);
      if (parse === list) option.argParser(listAfter(initial));
      else if (parse) option.argParser(parse as (text: string) => unknown);
      if (parse === duration) option.default(initial, formatDuration((initial as number) * NS_PER_MS));
      else if (initial !== undefined) option.default(initial);
      command.addOption(option);
    }
  }
  return addApiserverFlags(command);
}
