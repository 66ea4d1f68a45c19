/**
 * etcd's JSON gateway: every method under its paths by POST. Streams answer with a JSON object a line,
 * `{"result":…}`, and take a JSON object after the other in the body.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { CallGate } from "./call-gate.ts";
import type { EtcdMetrics } from "./etcd-metrics.ts";
import { fromJson, toJson } from "./json-message.ts";
import { JsonSplitter } from "./json-splitter.ts";
import { parseJson } from "./json-text.ts";
import { MessageQueue } from "./message-queue.ts";
import type { MessageStream, RpcCall } from "./rpc-call.ts";
import { GRPC, RpcError, rpcErrorOf } from "./rpc-error.ts";
import type { RpcMethod } from "./rpc-table.ts";

/** gRPC codes as HTTP statuses, as the gateway's runtime maps them. */
const HTTP_STATUS: readonly number[] = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
];

/** The gateway of one surface. */
export class JsonGateway {
  readonly #byPath = new Map<string, RpcMethod>();
  readonly #gate: CallGate;
  readonly #metrics: EtcdMetrics;
  readonly #bodyBytesMax: number;

  constructor(methods: readonly RpcMethod[], gate: CallGate, metrics: EtcdMetrics, bodyBytesMax: number) {
    for (const method of methods) for (const path of method.entry.paths) this.#byPath.set(path, method);
    this.#gate = gate;
    this.#metrics = metrics;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Whether the path is a method's. */
  find(path: string): RpcMethod | undefined {
    return this.#byPath.get(path.replace(/^\/v3beta\//, "/v3/"));
  }

  /** Answers a request for a method. */
  async serve(method: RpcMethod, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") {
      sendError(response, new RpcError(GRPC.UNIMPLEMENTED, "Method Not Allowed"), 405);
      return;
    }
    const call = new HttpCall(method.fullName, request, response);
    this.#metrics.started(method, call);
    try {
      if (method.handler.kind === "unary") await this.#unary(method, request, response, call);
      else await this.#stream(method, request, response, call);
      this.#metrics.handled(method, GRPC.OK);
    } catch (error) {
      const failure = rpcErrorOf(error);
      this.#metrics.handled(method, failure.code);
      if (!response.headersSent) sendError(response, failure);
      else response.end(`${JSON.stringify({ error: errorBody(failure) })}\n`);
    }
  }

  async #unary(
    method: RpcMethod,
    request: IncomingMessage,
    response: ServerResponse,
    call: RpcCall,
  ): Promise<void> {
    const message = fromJson(method.entry.request, await this.#body(request));
    this.#gate.check(call, message);
    if (method.handler.kind !== "unary") return;
    const answer = await method.handler.handle(message as never, call);
    sendJson(response, 200, this.#jsonOf(method, answer as object));
  }

  async #stream(
    method: RpcMethod,
    request: IncomingMessage,
    response: ServerResponse,
    call: HttpCall,
  ): Promise<void> {
    if (method.handler.kind !== "stream") return;
    this.#gate.check(call, undefined);
    const requests = new MessageQueue<object>((paused) => (paused ? request.pause() : request.resume()));
    const splitter = new JsonSplitter(this.#bodyBytesMax);
    request.on("data", (chunk: Buffer) => {
      try {
        for (const json of splitter.push(chunk)) requests.push(fromJson(method.entry.request, json));
      } catch (error) {
        requests.end(rpcErrorOf(error));
      }
    });
    // A body that has ended is not a client that has gone: a watch of one request goes on.
    request.on("end", () => {
      if (!method.entry.requestStream || method.name === "LeaseKeepAlive") requests.end();
    });
    response.on("close", () => requests.end());
    const stream: MessageStream<object, object> = {
      requests,
      send: (message) => {
        if (!response.headersSent) response.writeHead(200, { "content-type": "application/json" });
        return response.write(`${JSON.stringify({ result: this.#jsonOf(method, message) })}\n`);
      },
      drained: () =>
        new Promise((resolve) => {
          if (response.destroyed || !response.writableNeedDrain) resolve();
          else {
            response.once("drain", resolve);
            response.once("close", resolve);
          }
        }),
    };
    const cut = this.#gate.guard(call, (error) => requests.end(error));
    try {
      await method.handler.handle(stream as unknown as MessageStream<never, unknown>, call);
    } finally {
      cut();
    }
    response.end();
  }

  #jsonOf(method: RpcMethod, answer: object): object {
    const message = answer instanceof Uint8Array ? method.response.decode(answer) : answer;
    return toJson(method.entry.response, message);
  }

  async #body(request: IncomingMessage): Promise<unknown> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > this.#bodyBytesMax) throw new RpcError(GRPC.RESOURCE_EXHAUSTED, "the body is too large");
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    if (text.trim() === "") return {};
    return parseJson(text);
  }
}

class HttpCall implements RpcCall {
  readonly method: string;
  readonly timeoutMs = undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #controller: AbortController | undefined;

  constructor(method: string, request: IncomingMessage, response: ServerResponse) {
    this.method = method;
    this.#request = request;
    this.#response = response;
  }

  /**
   * Deviation: etcd's gateway drops the name of the client's certificate; ours is the one that holds the
   * connection.
   */
  get certificateName(): string | undefined {
    const socket = this.#request.socket as TLSSocket;
    if (!socket.encrypted || !socket.authorized) return undefined;
    const name = socket.getPeerCertificate().subject?.CN as string | string[] | undefined;
    return Array.isArray(name) ? name[0] : name;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.#response.on("close", () => controller.abort());
    }
    return this.#controller.signal;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name] ?? this.#request.headers[`grpc-metadata-${name}`];
    return Array.isArray(value) ? value[0] : value;
  }
}

function errorBody(error: RpcError): object {
  return { code: error.code, message: error.details, details: [] };
}

function sendError(response: ServerResponse, error: RpcError, status?: number): void {
  sendJson(response, status ?? HTTP_STATUS[error.code] ?? 500, errorBody(error));
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length });
  response.end(bytes);
}
