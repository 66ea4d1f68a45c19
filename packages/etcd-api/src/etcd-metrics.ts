/** etcd's metrics by their names, as far as they mean something here; read from the member when they are scraped. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { EtcdBackend } from "./etcd-backend.ts";
import { VERSION } from "./etcd-version.ts";
import type { RpcMethod } from "./rpc-table.ts";

const CODES = [
  ...["OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists"],
  ...[
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
  ],
  ...["Internal", "Unavailable", "DataLoss", "Unauthenticated"],
];

/** What a surface counts besides what it reads from the member. */
export interface SurfaceCounts {
  readonly watchStreams: number;
  readonly watches: number;
}

/** The metrics of one surface. */
export class EtcdMetrics {
  readonly #registry = new Registry();
  readonly #started: Counter;
  readonly #handled: Counter;
  readonly #sent: Counter;
  readonly #received: Counter;
  readonly #requests: Counter;
  readonly #operations = new Map<string, Counter>();
  /** Label sets are made once a method, for the path of a call. */
  readonly #labels = new Map<RpcMethod, { type: string; service: string; method: string }>();

  constructor(backend: EtcdBackend, counts: () => SurfaceCounts) {
    const registers = [this.#registry];
    const counter = (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name, help, labelNames, registers });
    const grpc = ["grpc_type", "grpc_service", "grpc_method"];
    this.#started = counter("grpc_server_started_total", "RPCs started on the server.", grpc);
    this.#handled = counter("grpc_server_handled_total", "RPCs completed, by code.", [...grpc, "grpc_code"]);
    this.#sent = counter("grpc_server_msg_sent_total", "Stream messages sent.", grpc);
    this.#received = counter("grpc_server_msg_received_total", "Stream messages received.", grpc);
    this.#requests = counter("etcd_server_client_requests_total", "Client requests.", [
      "type",
      "client_api_version",
    ]);
    for (const [method, name] of [
      ["Range", "etcd_mvcc_range_total"],
      ["Put", "etcd_mvcc_put_total"],
      ["DeleteRange", "etcd_mvcc_delete_total"],
      ["Txn", "etcd_mvcc_txn_total"],
    ] as const) {
      this.#operations.set(method, counter(name, `${method} requests seen by this member.`));
    }
    this.#gauges(backend, counts);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  started(method: RpcMethod): void {
    const { type, service, method: name } = this.#labelsOf(method);
    this.#started.labels(type, service, name).inc();
    this.#requests.labels(type === "unary" ? "unary" : "stream", "3.6").inc();
    if (method.service === "etcdserverpb.KV") this.#operations.get(name)?.inc();
  }

  handled(method: RpcMethod, code: number): void {
    const { type, service, method: name } = this.#labelsOf(method);
    this.#handled.labels(type, service, name, CODES[code] ?? "Unknown").inc();
  }

  sent(method: RpcMethod): void {
    const { type, service, method: name } = this.#labelsOf(method);
    this.#sent.labels(type, service, name).inc();
  }

  received(method: RpcMethod): void {
    const { type, service, method: name } = this.#labelsOf(method);
    this.#received.labels(type, service, name).inc();
  }

  #labelsOf(method: RpcMethod) {
    const known = this.#labels.get(method);
    if (known) return known;
    const { requestStream, responseStream } = method.entry;
    const type = requestStream
      ? responseStream
        ? "bidi_stream"
        : "client_stream"
      : responseStream
        ? "server_stream"
        : "unary";
    const labels = { type, service: method.service, method: method.name };
    this.#labels.set(method, labels);
    return labels;
  }

  #gauges(backend: EtcdBackend, counts: () => SurfaceCounts): void {
    const registers = [this.#registry];
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    const store = () => backend.store();
    gauge("etcd_server_has_leader", "Whether a leader is known.", () => Number(backend.hasLeader()));
    gauge("etcd_server_is_leader", "Whether this member leads.", () => Number(backend.isLeader()));
    gauge("etcd_server_is_learner", "Whether this member is a learner.", () => Number(backend.isLearner()));
    gauge("etcd_server_proposals_applied_total", "Log entries applied.", () => store().appliedIndex);
    gauge("etcd_debugging_mvcc_keys_total", "Keys.", () => store().keyCount);
    gauge("etcd_debugging_mvcc_current_revision", "The newest revision.", () => store().revision);
    gauge("etcd_debugging_mvcc_compact_revision", "The compacted revision.", () => store().compactRevision);
    gauge("etcd_debugging_mvcc_watcher_total", "Watches on this surface.", () => counts().watches);
    gauge("etcd_debugging_mvcc_watch_stream_total", "Watch streams.", () => counts().watchStreams);
    gauge("etcd_debugging_mvcc_slow_watcher_total", "Watches behind.", () => store().watches.behind);
    gauge("etcd_debugging_auth_revision", "The auth revision.", () => store().auth.revision);
    gauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Bytes of keys and values.", () => store().valueBytes);
    this.#sizes(backend);
    this.#fixed(backend);
  }

  #sizes(backend: EtcdBackend): void {
    const registers = [this.#registry];
    new Gauge({
      name: "etcd_mvcc_db_total_size_in_bytes",
      help: "Bytes of the state on disk.",
      registers,
      async collect() {
        this.set((await backend.dbSize()).bytes);
      },
    });
    new Gauge({
      name: "etcd_server_quota_backend_bytes",
      help: "Bytes that the state may take.",
      registers,
      async collect() {
        this.set((await backend.dbSize()).quotaBytes);
      },
    });
    new Gauge({
      name: "etcd_debugging_server_alarms",
      help: "Alarms that stand.",
      registers,
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

  #fixed(backend: EtcdBackend): void {
    const registers = [this.#registry];
    const version = {
      name: "etcd_server_version",
      help: "The version.",
      labelNames: ["server_version"],
      registers,
    };
    new Gauge(version).labels(VERSION).set(1);
    const cluster = {
      name: "etcd_cluster_version",
      help: "The cluster's version.",
      labelNames: ["cluster_version"],
      registers,
    };
    new Gauge(cluster).labels(VERSION.split(".").slice(0, 2).join(".")).set(1);
    const id = backend.store().header().memberId.toString(16);
    new Gauge({ name: "etcd_server_id", help: "The member's id.", labelNames: ["server_id"], registers })
      .labels(id)
      .set(1);
  }
}
