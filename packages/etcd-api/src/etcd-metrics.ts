/**
 * etcd's metrics by their names, as far as they mean something here. What calls count is kept in plain
 * numbers, since it is on their path; the registry reads it, and the member, when it is scraped.
 */
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import type { EtcdBackend } from "./etcd-backend.ts";
import { addMemberGauges } from "./member-gauges.ts";
import type { RpcCall } from "./rpc-call.ts";
import { GRPC_NAMES } from "./rpc-error.ts";
import type { RpcMethod } from "./rpc-table.ts";

/** etcd's counters of what the key space was asked for, by method. */
const OPERATIONS: Readonly<Record<string, string>> = {
  Range: "etcd_mvcc_range_total",
  Put: "etcd_mvcc_put_total",
  DeleteRange: "etcd_mvcc_delete_total",
  Txn: "etcd_mvcc_txn_total",
};
/** Bound: versions of clients that are told apart. */
const VERSIONS_MAX = 100;

/** What a surface counts besides what it reads from the member. */
export interface SurfaceCounts {
  readonly watchStreams: number;
  readonly watches: number;
  /** Bytes of gRPC connections. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Answers of /health, good and bad ones. */
  readonly healthy: number;
  readonly unhealthy: number;
}

interface MethodCounts {
  /** In the order in which etcd writes them. */
  readonly labels: {
    readonly grpc_method: string;
    readonly grpc_service: string;
    readonly grpc_type: string;
  };
  started: number;
  sent: number;
  received: number;
  readonly handled: number[];
}

/** The metrics of one surface. */
export class EtcdMetrics {
  readonly #registry = new Registry();
  readonly #backend: EtcdBackend;
  readonly #methods = new Map<RpcMethod, MethodCounts>();
  /** By "unary" or "stream" and the client's version. */
  readonly #requests = { unary: new Map<string, number>(), stream: new Map<string, number>() };

  constructor(backend: EtcdBackend, methods: readonly RpcMethod[], counts: () => SurfaceCounts) {
    this.#backend = backend;
    for (const method of methods) this.#methods.set(method, countsOf(method));
    this.#calls();
    addMemberGauges(this.#registry, backend, counts);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${this.#backend.metrics?.() ?? ""}`;
  }

  started(method: RpcMethod, call: RpcCall): void {
    this.#methods.get(method)!.started++;
    const requests = method.handler.kind === "unary" ? this.#requests.unary : this.#requests.stream;
    const version = call.header("client-api-version") ?? "unknown";
    const known = requests.get(version);
    if (known !== undefined || requests.size < VERSIONS_MAX) requests.set(version, (known ?? 0) + 1);
  }

  handled(method: RpcMethod, code: number): void {
    const { handled } = this.#methods.get(method)!;
    handled[code] = (handled[code] ?? 0) + 1;
  }

  sent(method: RpcMethod): void {
    this.#methods.get(method)!.sent++;
  }

  received(method: RpcMethod): void {
    this.#methods.get(method)!.received++;
  }

  #calls(): void {
    const methods = [...this.#methods.values()];
    const grpc = ["grpc_type", "grpc_service", "grpc_method"];
    const each = (name: string, help: string, read: (counts: MethodCounts) => number) =>
      this.#counter(name, help, grpc, (counter) => {
        for (const counts of methods) counter.inc(counts.labels, read(counts));
      });
    each("grpc_server_started_total", "RPCs started on the server.", (counts) => counts.started);
    each("grpc_server_msg_sent_total", "Stream messages sent.", (counts) => counts.sent);
    each("grpc_server_msg_received_total", "Stream messages received.", (counts) => counts.received);
    this.#counter(
      "grpc_server_handled_total",
      "RPCs completed, by code.",
      [...grpc, "grpc_code"],
      (counter) => {
        for (const { labels, handled } of methods) {
          for (const [code, count] of handled.entries()) {
            if (count) counter.inc({ grpc_code: GRPC_NAMES[code] ?? "Unknown", ...labels }, count);
          }
        }
      },
    );
    const byVersion = ["type", "client_api_version"];
    this.#counter("etcd_server_client_requests_total", "Client requests.", byVersion, (counter) => {
      for (const type of ["unary", "stream"] as const) {
        for (const [version, count] of this.#requests[type]) {
          counter.inc({ client_api_version: version, type }, count);
        }
      }
    });
    for (const [method, counts] of this.#methods) {
      const name = method.service === "etcdserverpb.KV" ? OPERATIONS[method.name] : undefined;
      if (!name) continue;
      this.#counter(name, `${method.name} requests seen by this member.`, [], (counter) =>
        counter.inc(counts.started),
      );
    }
  }

  /** A counter that is filled when it is read. */
  #counter(
    name: string,
    help: string,
    labelNames: readonly string[],
    fill: (counter: Counter) => void,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset();
        fill(this);
      },
    });
  }
}

function countsOf(method: RpcMethod): MethodCounts {
  const { requestStream, responseStream } = method.entry;
  const streams = responseStream ? "server_stream" : "unary";
  const type = requestStream ? (responseStream ? "bidi_stream" : "client_stream") : streams;
  const labels = { grpc_method: method.name, grpc_service: method.service, grpc_type: type };
  return { labels, started: 0, sent: 0, received: 0, handled: [] };
}
