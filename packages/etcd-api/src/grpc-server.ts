/**
 * gRPC over our HTTP/2 (PROTOCOL-HTTP2 of gRPC): runs the methods of the table; handlers know nothing of
 * it. Messages may come compressed with gzip, answers are not.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { H2Stream, HeaderField } from "@quorate/http2";
import { H2Connection } from "@quorate/http2";
import type { CallGate } from "./call-gate.ts";
import type { EtcdMetrics } from "./etcd-metrics.ts";
import { GrpcCall } from "./grpc-call.ts";
import { HEADERS_BLOCK, MessageAssembler, refusalBlock, sendMessage, trailersBlock } from "./grpc-framing.ts";
import { GrpcStream } from "./grpc-stream.ts";
import type { MessageStream, StreamHandler, UnaryHandler } from "./rpc-call.ts";
import { GRPC, RpcError, rpcError, rpcErrorOf } from "./rpc-error.ts";
import type { RpcMethod } from "./rpc-table.ts";

/** How the server is to keep its connections. */
export interface GrpcServerOptions {
  readonly maxRequestBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly slowCalls?: SlowCalls;
}

/** A unary call that took long. */
export interface SlowCall {
  /** "/package.Service/Method" */
  readonly method: string;
  readonly durationMs: number;
  readonly remote: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Who is told of calls that take longer than so many milliseconds. */
export interface SlowCalls {
  readonly thresholdMs: number;
  readonly tell: (call: SlowCall) => void;
}

/** etcd lets a message be this much larger than the request it carries. */
const OVERHEAD_BYTES = 512 * 1024;

/** What a client may send ahead on a stream, and on all of a connection together. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const HEADER_BYTES_MAX = 64 * 1024;
/** Bound: answers that wait for a client. */
const QUEUED_BYTES_MAX = 256 * 1024 * 1024;
/** Calls that a client gives up are no flood until there are very many. */
const RESETS = { burst: 20_000, rate: 2_000 };

/** Serves connections that a listener hands over. */
export class GrpcServer {
  readonly #methods = new Map<string, RpcMethod>();
  readonly #gate: CallGate;
  readonly #metrics: EtcdMetrics;
  readonly #options: GrpcServerOptions;
  readonly #connections = new Set<H2Connection>();
  readonly #streams = new Set<(error: RpcError) => void>();
  readonly #idle: (() => void)[] = [];
  readonly #endedBytes = { receivedBytes: 0, sentBytes: 0 };
  #isClosing = false;

  constructor(
    methods: readonly RpcMethod[],
    gate: CallGate,
    metrics: EtcdMetrics,
    options: GrpcServerOptions,
  ) {
    for (const method of methods) this.#methods.set(`/${method.fullName}`, method);
    this.#gate = gate;
    this.#metrics = metrics;
    this.#options = options;
  }

  /** Bytes of all connections so far. */
  get bytes(): { readonly receivedBytes: number; readonly sentBytes: number } {
    let { receivedBytes, sentBytes } = this.#endedBytes;
    for (const { socket } of this.#connections) {
      receivedBytes += socket.bytesRead;
      sentBytes += socket.bytesWritten;
    }
    return { receivedBytes, sentBytes };
  }

  /** Serves HTTP/2 on a socket, which is the server's from now on. */
  accept(socket: Socket): void {
    const certificateName = nameOf(socket);
    const connection = new H2Connection(socket, {
      request: (stream, fields) => this.#request(stream, fields, certificateName),
      closed: (closed) => this.#closed(closed),
      concurrentStreamsMax: this.#options.maxConcurrentStreams,
      streamWindowBytes: STREAM_WINDOW_BYTES,
      connectionWindowBytes: CONNECTION_WINDOW_BYTES,
      headerBytesMax: HEADER_BYTES_MAX,
      queuedBytesMax: QUEUED_BYTES_MAX,
      resets: RESETS,
      idleTimeoutMs: 0,
      keepAliveIntervalMs: this.#options.keepAliveIntervalMs,
      keepAliveTimeoutMs: this.#options.keepAliveTimeoutMs,
    });
    this.#connections.add(connection);
    if (this.#isClosing) connection.goAway();
  }

  /** Ends long calls, lets short ones under way end within `graceMs`, then closes every connection. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    for (const connection of this.#connections) connection.goAway();
    for (const cut of [...this.#streams]) cut(rpcError("STOPPED"));
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#idle.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    for (const connection of this.#connections) connection.destroy();
  }

  #closed(connection: H2Connection): void {
    this.#connections.delete(connection);
    this.#endedBytes.receivedBytes += connection.socket.bytesRead;
    this.#endedBytes.sentBytes += connection.socket.bytesWritten;
    if (this.#connections.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #request(stream: H2Stream, fields: readonly HeaderField[], certificateName: string | undefined): void {
    const call = new GrpcCall(fields, certificateName);
    if (!call.isGrpc) {
      stream.respond(refusalBlock(call.httpMethod === "POST" ? 415 : 405));
      stream.end({ trailers: trailersBlock(GRPC.INTERNAL, "invalid gRPC request") });
      return;
    }
    const method = this.#methods.get(call.path);
    if (!method) {
      const [, service = "", name = ""] = /^\/(.*)\/([^/]*)$/.exec(call.path) ?? [];
      const known = [...this.#methods.values()].some((one) => one.service === service);
      const what = known ? `unknown method ${name} for service ${service}` : `unknown service ${service}`;
      fail(stream, new RpcError(GRPC.UNIMPLEMENTED, what));
      return;
    }
    call.method = method.fullName;
    const assembler = new MessageAssembler(
      stream,
      this.#options.maxRequestBytes + OVERHEAD_BYTES,
      call.encoding,
    );
    if (method.handler.kind === "unary") this.#unary(stream, call, method, method.handler, assembler);
    else this.#stream(stream, call, method, method.handler, assembler);
  }

  #unary(
    stream: H2Stream,
    call: GrpcCall,
    method: RpcMethod,
    handler: UnaryHandler,
    assembler: MessageAssembler,
  ): void {
    const metrics = this.#metrics;
    metrics.started(method, call);
    let isOver = false;
    const failed = (error: unknown): void => {
      if (isOver) return;
      isOver = true;
      const failure = call.failureOf(error);
      metrics.handled(method, failure.code);
      fail(stream, failure);
    };
    let message: Buffer | undefined;
    const begin = (): void => {
      if (!message) throw new RpcError(GRPC.INTERNAL, "the request has no message");
      const request = decode(method, message);
      const requestBytes = message.length;
      const startedAt = performance.now();
      this.#gate.check(call, request);
      handler.handle(request as never, call).then((response) => {
        if (isOver) return;
        isOver = true;
        metrics.handled(method, GRPC.OK);
        const encoded = method.response.encode(response as object);
        stream.respond(HEADERS_BLOCK);
        sendMessage(stream, encoded);
        stream.end(OK_END);
        this.#noteDuration(call, stream, startedAt, [requestBytes, encoded.length]);
      }, failed);
    };
    stream.listener = {
      data: (chunk, isLast) => {
        try {
          assembler.push(chunk, (whole) => {
            if (message) throw new RpcError(GRPC.INTERNAL, "the request has more than one message");
            message = whole;
          });
          if (isLast) assembler.finish(begin, failed);
        } catch (error) {
          failed(error);
        }
      },
      closed: (isAborted) => {
        if (!isAborted) return;
        call.abort();
        failed(rpcError("CANCELLED"));
      },
      drained: () => {},
    };
  }

  #noteDuration(
    call: GrpcCall,
    stream: H2Stream,
    startedAt: number,
    [requestBytes, responseBytes]: readonly [number, number],
  ): void {
    const { slowCalls } = this.#options;
    if (!slowCalls) return;
    const durationMs = performance.now() - startedAt;
    if (durationMs <= slowCalls.thresholdMs) return;
    const { remoteAddress, remotePort } = stream.connection.socket;
    const remote = remoteAddress === undefined ? "" : `${remoteAddress}:${remotePort}`;
    slowCalls.tell({ method: call.path, durationMs, remote, requestBytes, responseBytes });
  }

  #stream(
    stream: H2Stream,
    call: GrpcCall,
    method: RpcMethod,
    handler: StreamHandler,
    assembler: MessageAssembler,
  ): void {
    this.#metrics.started(method, call);
    const messages = new GrpcStream(stream, method, this.#metrics, (isPaused) =>
      assembler.setPaused(isPaused),
    );
    let isOver = false;
    const finish = (error?: unknown): void => {
      if (isOver) return;
      isOver = true;
      unguard();
      this.#streams.delete(finish);
      const failure = error === undefined ? undefined : call.failureOf(error);
      this.#metrics.handled(method, failure?.code ?? GRPC.OK);
      messages.finish(failure);
      call.abort();
    };
    const unguard = this.#gate.guard(call, finish);
    this.#streams.add(finish);
    stream.listener = {
      data: (chunk, isLast) => {
        try {
          assembler.push(chunk, (whole) => messages.received(decode(method, whole)));
          if (isLast) assembler.finish(() => messages.requests.end(), finish);
        } catch (error) {
          finish(error);
        }
      },
      closed: (isAborted) => {
        if (!isAborted) return;
        messages.close();
        call.abort();
        finish(rpcError("CANCELLED"));
      },
      drained: () => messages.noteDrained(),
    };
    try {
      this.#gate.check(call, undefined);
    } catch (error) {
      finish(error);
      return;
    }
    handler.handle(messages as MessageStream<never, unknown>, call).then(() => finish(), finish);
  }
}

const OK_END = { trailers: trailersBlock(GRPC.OK, "") };

function fail(stream: H2Stream, { code, details }: RpcError): void {
  stream.respond(HEADERS_BLOCK);
  stream.end({ trailers: trailersBlock(code, details) });
}

function decode(method: RpcMethod, message: Buffer): object {
  try {
    return method.request.decode(message);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw rpcErrorOf(new RpcError(GRPC.INTERNAL, `grpc: error unmarshalling request: ${why}`));
  }
}

/** The common name of a client's certificate, where it was verified. */
function nameOf(socket: Socket): string | undefined {
  const { encrypted, authorized } = socket as Partial<TLSSocket>;
  if (!encrypted || !authorized) return undefined;
  const name = (socket as TLSSocket).getPeerCertificate().subject?.CN as string | string[] | undefined;
  return Array.isArray(name) ? name[0] : name;
}
