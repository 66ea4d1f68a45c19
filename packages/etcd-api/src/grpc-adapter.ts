/** Runs the methods on @grpc/grpc-js: one adapter for all, since handlers know nothing of it. */
import {
  type Metadata,
  Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import type { CallGate } from "./call-gate.ts";
import type { EtcdMetrics } from "./etcd-metrics.ts";
import { MessageQueue } from "./message-queue.ts";
import type { MessageStream, RpcCall, StreamHandler, UnaryHandler } from "./rpc-call.ts";
import { GRPC, rpcErrorOf } from "./rpc-error.ts";
import type { RpcMethod } from "./rpc-table.ts";

/** How the server is to keep its connections. */
export interface GrpcServerOptions {
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
}

type AnyCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** etcd lets a message be this much larger than the request it carries. */
const OVERHEAD_BYTES = 512 * 1024;

/** A server with all methods on it; connections are injected by the listener. */
export function grpcServer(
  methods: readonly RpcMethod[],
  gate: CallGate,
  metrics: EtcdMetrics,
  options: GrpcServerOptions,
): Server {
  const server = new Server({
    "grpc.max_receive_message_length": options.maxRequestBytes + OVERHEAD_BYTES,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": Math.min(options.maxConcurrentStreams, 2 ** 31 - 1),
    "grpc.keepalive_time_ms": options.keepAliveIntervalMs,
    "grpc.keepalive_timeout_ms": options.keepAliveTimeoutMs,
    "grpc.enable_channelz": 0,
  });
  const services = Map.groupBy(methods, (method) => method.service);
  for (const own of services.values()) {
    const definition: Record<string, ServiceDefinition[string]> = {};
    const handlers: Record<string, UntypedHandleCall> = {};
    for (const method of own) {
      definition[method.name] = {
        path: `/${method.fullName}`,
        requestStream: method.entry.requestStream === true,
        responseStream: method.entry.responseStream === true,
        requestSerialize: (message: object) => method.request.encode(message),
        requestDeserialize: (bytes) => method.request.decode(bytes),
        responseSerialize: (message: object) => method.response.encode(message),
        responseDeserialize: (bytes) => method.response.decode(bytes),
      };
      handlers[method.name] =
        method.handler.kind === "unary"
          ? unaryCall(method, method.handler, gate, metrics)
          : streamCall(method, method.handler, gate, metrics);
    }
    server.addService(definition, handlers);
  }
  return server;
}

function unaryCall(method: RpcMethod, handler: UnaryHandler, gate: CallGate, metrics: EtcdMetrics) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    metrics.started(method);
    const context = new GrpcCall(method.fullName, call);
    const failed = (error: unknown) => {
      const { code, details } = rpcErrorOf(error);
      metrics.handled(method, code);
      callback({ code, details });
    };
    try {
      gate.check(context, call.request);
    } catch (error) {
      failed(error);
      return;
    }
    handler.handle(call.request as never, context).then((response) => {
      metrics.handled(method, GRPC.OK);
      callback(null, response);
    }, failed);
  };
}

function streamCall(method: RpcMethod, handler: StreamHandler, gate: CallGate, metrics: EtcdMetrics) {
  return (call: ServerDuplexStream<unknown, unknown> | ServerWritableStream<unknown, unknown>) => {
    metrics.started(method);
    const context = new GrpcCall(method.fullName, call);
    let isOver = false;
    const finish = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      unguard();
      context.abort();
      const failure = error === undefined ? undefined : rpcErrorOf(error);
      metrics.handled(method, call.cancelled ? GRPC.CANCELLED : (failure?.code ?? GRPC.OK));
      if (call.cancelled) return;
      if (failure) call.emit("error", { code: failure.code, details: failure.details });
      else call.end();
    };
    const unguard = gate.guard(context, finish);
    const stream = new GrpcStream(method, call, metrics);
    call.on("cancelled", () => {
      stream.close();
      finish();
    });
    try {
      gate.check(context, "request" in call ? call.request : undefined);
    } catch (error) {
      finish(error);
      return;
    }
    handler.handle(stream as MessageStream<never, unknown>, context).then(() => finish(), finish);
  };
}

/** What a handler sees of a gRPC call. */
class GrpcCall implements RpcCall {
  readonly method: string;
  readonly #call: AnyCall;
  #controller: AbortController | undefined;

  constructor(method: string, call: AnyCall) {
    this.method = method;
    this.#call = call;
  }

  get timeoutMs(): number | undefined {
    const deadline = this.#call.getDeadline();
    const at = typeof deadline === "number" ? deadline : deadline.getTime();
    return Number.isFinite(at) ? Math.max(1, at - Date.now()) : undefined;
  }

  get certificateName(): string | undefined {
    const name = this.#call.getAuthContext().sslPeerCertificate?.subject?.CN as string | string[] | undefined;
    return Array.isArray(name) ? name[0] : name;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.#call.cancelled) controller.abort();
      (this.#call as ServerUnaryCall<unknown, unknown>).on("cancelled", () => controller.abort());
    }
    return this.#controller.signal;
  }

  header(name: string): string | undefined {
    const metadata: Metadata = this.#call.metadata;
    const value = metadata.get(name)[0];
    return value === undefined ? undefined : String(value);
  }

  abort(): void {
    this.#controller?.abort();
  }
}

class GrpcStream implements MessageStream<unknown, unknown> {
  readonly requests: MessageQueue<unknown>;
  readonly #method: RpcMethod;
  readonly #call: ServerDuplexStream<unknown, unknown> | ServerWritableStream<unknown, unknown>;
  readonly #metrics: EtcdMetrics;
  #drain: (() => void)[] = [];
  #isClosed = false;

  constructor(
    method: RpcMethod,
    call: ServerDuplexStream<unknown, unknown> | ServerWritableStream<unknown, unknown>,
    metrics: EtcdMetrics,
  ) {
    this.#method = method;
    this.#call = call;
    this.#metrics = metrics;
    if ("request" in call && !method.entry.requestStream) {
      this.requests = new MessageQueue();
      this.requests.push(call.request);
      this.requests.end();
    } else {
      const duplex = call as ServerDuplexStream<unknown, unknown>;
      this.requests = new MessageQueue((paused) => (paused ? duplex.pause() : duplex.resume()));
      duplex.on("data", (message: unknown) => {
        metrics.received(method);
        this.requests.push(message);
      });
      duplex.on("end", () => this.requests.end());
      duplex.on("error", () => this.requests.end());
    }
    call.on("drain", () => this.#drained());
    call.on("close", () => this.close());
  }

  send(message: unknown): boolean {
    if (this.#isClosed) return true;
    this.#metrics.sent(this.#method);
    return this.#call.write(message);
  }

  drained(): Promise<void> {
    if (this.#isClosed || !this.#call.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.#drain.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    this.requests.end();
    this.#drained();
  }

  #drained(): void {
    for (const resolve of this.#drain.splice(0)) resolve();
  }
}
