/**
 * A lean HTTP client for load: a few TLS connections, each shared by many requests over HTTP/2 (or a
 * keep-alive agent over HTTP/1.1), round robin. Bodies are counted, and kept only where asked for, so that
 * the client's own cost stays small beside the server's.
 */
import { type ClientHttp2Session, connect } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import type { Credentials } from "../target.ts";
import type { OperationResult } from "../workload.ts";

/** One request; the body is JSON unless `contentType` says otherwise. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly keepBody?: boolean;
  readonly timeoutMs?: number;
}

/** What came back. */
export interface ApiResponse extends OperationResult {
  /** Only where keepBody was set. */
  readonly body: string;
}

/** Where a client connects to, and how. */
export interface ApiClientOptions {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly connections: number;
  readonly protocol: "h2" | "http1";
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Connections to the endpoints of a target, opened when they are first used. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #sessions: (ClientHttp2Session | undefined)[];
  readonly #agent: Agent;
  #next = 0;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#sessions = new Array(options.connections).fill(undefined);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 256, ...options.credentials });
  }

  /** Sends one request; rejects only where no answer came (reset, refused, timed out). */
  send(request: ApiRequest): Promise<ApiResponse> {
    const slot = this.#next++ % this.#sessions.length;
    return this.#options.protocol === "h2" ? this.#sendH2(slot, request) : this.#sendHttp1(slot, request);
  }

  /** As `send`, and throws unless the status is one of `accepted` (2xx where none is given). */
  async expect(request: ApiRequest, ...accepted: number[]): Promise<ApiResponse> {
    const response = await this.send({ ...request, keepBody: true });
    const fine = accepted.length ? accepted.includes(response.status) : response.status < 300;
    if (!fine) {
      throw new Error(`${request.method} ${request.path}: ${response.status} ${response.body.slice(0, 300)}`);
    }
    return response;
  }

  /** An HTTP/2 session to the endpoint of `slot`, for streams that the caller drives (watches). */
  session(slot: number): ClientHttp2Session {
    const index = slot % this.#sessions.length;
    const existing = this.#sessions[index];
    if (existing && !existing.closed && !existing.destroyed) return existing;
    const session = connect(this.#endpoint(index), { ...this.#options.credentials });
    session.setMaxListeners(0);
    // Every request learns of a broken session through its own stream's error.
    session.on("error", () => session.destroy());
    session.on("goaway", () => {
      if (this.#sessions[index] === session) this.#sessions[index] = undefined;
    });
    this.#sessions[index] = session;
    return session;
  }

  close(): void {
    for (const session of this.#sessions) session?.destroy();
    this.#agent.destroy();
  }

  #endpoint(slot: number): string {
    return this.#options.endpoints[slot % this.#options.endpoints.length]!;
  }

  #sendH2(slot: number, request: ApiRequest): Promise<ApiResponse> {
    return new Promise((resolve, reject) => {
      const stream = this.session(slot).request(headersOf(request), {
        endStream: request.body === undefined,
      });
      let status = 0;
      let bytes = 0;
      const chunks: Buffer[] = [];
      stream.setTimeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => stream.close());
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0;
      });
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (request.keepBody) chunks.push(chunk);
      });
      stream.on("error", reject);
      stream.on("close", () => {
        if (status === 0 || stream.rstCode !== 0)
          reject(new Error(`stream closed with code ${stream.rstCode}`));
        else
          resolve({
            status,
            sentBytes: request.body?.length ?? 0,
            receivedBytes: bytes,
            body: Buffer.concat(chunks).toString(),
          });
      });
      if (request.body !== undefined) stream.end(request.body);
    });
  }

  #sendHttp1(slot: number, request: ApiRequest): Promise<ApiResponse> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string | number> = { accept: "application/json" };
      if (request.body !== undefined) {
        headers["content-type"] = request.contentType ?? "application/json";
        headers["content-length"] = Buffer.byteLength(request.body);
      }
      const sent = httpsRequest(
        new URL(request.path, this.#endpoint(slot)),
        {
          method: request.method,
          headers,
          agent: this.#agent,
          timeout: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        },
        (response) => {
          let bytes = 0;
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (request.keepBody) chunks.push(chunk);
          });
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              sentBytes: request.body?.length ?? 0,
              receivedBytes: bytes,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("timed out")));
      sent.on("error", reject);
      sent.end(request.body);
    });
  }
}

function headersOf(request: ApiRequest): Record<string, string> {
  const headers: Record<string, string> = {
    ":method": request.method,
    ":path": request.path,
    accept: "application/json",
  };
  if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
  return headers;
}
