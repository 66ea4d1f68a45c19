/**
 * Puts the etcd surface together: services over one member, on gRPC, the JSON gateway and the plain
 * endpoints.
 */
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { AccessCheck } from "./access-check.ts";
import { AuthService, TOKEN_SECRET } from "./auth-service.ts";
import { CallGate } from "./call-gate.ts";
import { ClientListener, type ClientTls, type ConnectionTargets } from "./client-listener.ts";
import { ClusterService } from "./cluster-service.ts";
import { ElectionService } from "./election-service.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import { EtcdMetrics } from "./etcd-metrics.ts";
import { GrpcServer, type SlowCalls } from "./grpc-server.ts";
import { HealthEndpoints } from "./health-endpoints.ts";
import { HealthService } from "./health-service.ts";
import { answerAccess, type HttpAccess } from "./http-access.ts";
import { JsonGateway } from "./json-gateway.ts";
import { KvService } from "./kv-service.ts";
import { LeaseService } from "./lease-service.ts";
import { LockService } from "./lock-service.ts";
import { MaintenanceService } from "./maintenance-service.ts";
import { type RpcMethod, rpcTable } from "./rpc-table.ts";
import { TokenKeeper, type TokenOptions } from "./token-keeper.ts";
import { WatchService } from "./watch-service.ts";

/** What the surface is to be; defaults are etcd's. */
export interface EtcdApiOptions {
  readonly backend: EtcdBackend;
  /** Addresses for clients. */
  readonly listenUrls: readonly string[];
  /**
   * Addresses for the gateway and the plain endpoints alone; where there are any, `listenUrls` serve gRPC
   * alone.
   */
  readonly listenHttpUrls?: readonly string[];
  /** Addresses for the plain endpoints only, without TLS. */
  readonly listenMetricsUrls?: readonly string[];
  readonly tls?: ClientTls;
  /** Asked before each handshake: other certificates than those in use, if there are any. Never rejects. */
  readonly renewTls?: () => Promise<ClientTls | undefined>;
  /** The common name of a client's certificate is its user where it shows no token (--client-cert-auth). */
  readonly certificateNamesAreUsers?: boolean;
  /** Clients are answered from when it resolves; addresses are taken at once. Metrics do not wait. */
  readonly ready?: Promise<void>;
  readonly tokens?: TokenOptions;
  /** --bcrypt-cost */
  readonly bcryptCost?: number;
  /** --max-request-bytes; the provider of Kv has the same limit. */
  readonly maxRequestBytes?: number;
  readonly maxConcurrentStreams?: number;
  readonly electionTimeoutMs?: number;
  /** Who may use HTTP from a browser; everyone where absent. */
  readonly httpAccess?: HttpAccess;
  readonly slowCalls?: SlowCalls;
  /** Told of connections whose TLS handshake fails. */
  readonly rejected?: (remote: string, error: Error) => void;
  /** Serve the JSON gateway. */
  readonly gateway?: boolean;
  readonly keepAliveIntervalMs?: number;
  readonly keepAliveTimeoutMs?: number;
}

/** A surface that serves until it is closed. */
export interface EtcdApi {
  /** As given, with the ports that were really taken. */
  readonly urls: readonly string[];
  readonly metricsUrls: readonly string[];
  /** The text of /metrics. */
  metrics(): Promise<string>;
  /** Calls under way get `graceMs` to end. */
  close(graceMs?: number): Promise<void>;
}

const MAX_REQUEST_BYTES = 1_572_864;
const ELECTION_TIMEOUT_MS = 1_000;
const GRACE_MS = 500;
const KEEP_ALIVE_INTERVAL_MS = 2 * 3_600_000;
const KEEP_ALIVE_TIMEOUT_MS = 20_000;
/** What fragments of a watch are cut to. */
const FRAGMENT_OVERHEAD = 512 * 1024;

/** Serves etcd's API for one member. Rejects, with nothing left open, where an address can't be taken. */
export async function startEtcdApi(options: EtcdApiOptions): Promise<EtcdApi> {
  const { backend } = options;
  const maxRequestBytes = options.maxRequestBytes ?? MAX_REQUEST_BYTES;
  const tokens = new TokenKeeper(
    options.tokens ?? {},
    () => backend.store().meta.get(TOKEN_SECRET),
    Date.now,
  );
  const access = new AccessCheck(backend, tokens, options.certificateNamesAreUsers === true);
  const gate = new CallGate(backend, 3 * (options.electionTimeoutMs ?? ELECTION_TIMEOUT_MS));
  const watches = new WatchService(backend, access, { fragmentBytes: maxRequestBytes + FRAGMENT_OVERHEAD });
  const methods = rpcTable({
    "etcdserverpb.KV": new KvService(backend, access).handlers(),
    "etcdserverpb.Watch": watches.handlers(),
    "etcdserverpb.Lease": new LeaseService(backend, access).handlers(),
    "etcdserverpb.Cluster": new ClusterService(backend, access).handlers(),
    "etcdserverpb.Maintenance": new MaintenanceService(backend, access).handlers(),
    "etcdserverpb.Auth": new AuthService(backend, access, tokens, options.bcryptCost).handlers(),
    "v3lockpb.Lock": new LockService(backend, access).handlers(),
    "v3electionpb.Election": new ElectionService(backend, access).handlers(),
    "grpc.health.v1.Health": new HealthService(() => backend.hasLeader()).handlers(),
  });
  const metrics = new EtcdMetrics(backend, methods, () => {
    const { streams, watches: count } = watches.counts;
    return { watchStreams: streams, watches: count, ...grpc.bytes, ...endpoints.counts };
  });
  const grpc = new GrpcServer(methods, gate, metrics, {
    maxRequestBytes,
    ...(options.slowCalls ? { slowCalls: options.slowCalls } : {}),
    maxConcurrentStreams: options.maxConcurrentStreams ?? 2 ** 31 - 1,
    keepAliveIntervalMs: options.keepAliveIntervalMs ?? KEEP_ALIVE_INTERVAL_MS,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
  });
  const endpoints = new HealthEndpoints(backend, metrics);
  const httpAccess = options.httpAccess ?? { origins: ["*"], hosts: ["*"] };
  const http = httpServer(
    httpAccess,
    endpoints,
    options.gateway === false ? undefined : gatewayOf(methods, gate, metrics, maxRequestBytes),
  );
  const plain = httpServer(httpAccess, endpoints, undefined);
  const listeners: ClientListener[] = [];
  const close = async (graceMs = GRACE_MS) => {
    for (const listener of listeners) listener.stop();
    http.closeIdleConnections();
    plain.closeIdleConnections();
    await grpc.close(graceMs);
    gate.close();
    for (const listener of listeners) listener.destroy();
  };
  try {
    const open = async (urls: readonly string[], targets: ConnectionTargets) => {
      // An address may be served with and without TLS.
      for (const own of Map.groupBy(urls, addressOf).values()) {
        const renewal = options.renewTls ? { renewTls: options.renewTls } : {};
        listeners.push(await ClientListener.open(own, options.tls, { ...targets, ...renewal }));
      }
    };
    const ready = options.ready ? { ready: options.ready } : {};
    const told = options.rejected ? { rejected: options.rejected } : {};
    const httpUrls = options.listenHttpUrls ?? [];
    await open(options.listenUrls, { grpc, ...(httpUrls.length > 0 ? {} : { http }), ...ready, ...told });
    await open(httpUrls, { http, ...ready, ...told });
    await open(options.listenMetricsUrls ?? [], { http: plain });
  } catch (error) {
    await close(0);
    throw error;
  }
  const urls = listeners.flatMap((listener) => listener.urls);
  return {
    urls: urls.slice(0, options.listenUrls.length),
    metricsUrls: urls.slice(options.listenUrls.length + (options.listenHttpUrls?.length ?? 0)),
    metrics: () => metrics.text(),
    close,
  };
}

let untold = 0;

/** What two URLs of one address share; port 0 is another one each time. */
function addressOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return url;
  const { host, port, pathname } = parsed;
  return port === "0" ? `${host}#${untold++}` : `${host}${pathname}`;
}

function gatewayOf(
  methods: readonly RpcMethod[],
  gate: CallGate,
  metrics: EtcdMetrics,
  maxRequestBytes: number,
) {
  // Base64 takes a third more.
  return new JsonGateway(methods, gate, metrics, Math.ceil((maxRequestBytes * 4) / 3) + FRAGMENT_OVERHEAD);
}

function httpServer(
  access: HttpAccess,
  endpoints: HealthEndpoints,
  gateway: JsonGateway | undefined,
): HttpServer {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if (answerAccess(access, request, response)) return;
    const path = (request.url ?? "/").split("?")[0]!;
    const method = gateway?.find(path);
    if (gateway && method) await gateway.serve(method, request, response);
    else if (!(await endpoints.serve(request, response))) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end("404 page not found\n");
    }
  };
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  return server;
}
