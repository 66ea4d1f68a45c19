/** A small HTTP/2 client: whole answers as text or JSON, watches line by line. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from "node:http2";
import type { KeyPair } from "./certificates.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every kind.
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Parsed on demand. */
  readonly json: Json;
}

export interface WatchedEvent {
  readonly type: string;
  readonly object: Json;
}

export class ApiClient {
  readonly session: ClientHttp2Session;

  constructor(url: string, ca: string, credentials?: KeyPair) {
    this.session = connect(url, { ca, ...credentials });
    this.session.on("error", () => {});
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request("GET", path, undefined, headers);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request("POST", path, body, headers);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.request("PUT", path, body);
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.request("DELETE", path, body);
  }

  patch(path: string, type: "json" | "merge" | "strategic-merge", body: unknown): Promise<Answer> {
    return this.request("PATCH", path, body, { "content-type": `application/${type}-patch+json` });
  }

  /** A text or buffer is sent as it is, anything else as JSON. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const stream = this.open(method, path, body, headers);
    return answerOf(stream);
  }

  open(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): ClientHttp2Stream {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const stream = this.session.request(
      { ":method": method, ":path": path, ...type, ...headers },
      { endStream: body === undefined },
    );
    if (body !== undefined) {
      stream.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    }
    return stream;
  }

  /** Events as they come; leaving the loop ends the watch. */
  async *watch(path: string, headers: Record<string, string> = {}): AsyncGenerator<WatchedEvent> {
    const stream = this.open("GET", path, undefined, headers);
    let rest = "";
    try {
      for await (const chunk of stream) {
        const lines = (rest + String(chunk)).split("\n");
        rest = lines.pop()!;
        for (const line of lines) yield JSON.parse(line) as WatchedEvent;
      }
    } finally {
      stream.close();
    }
  }

  close(): void {
    this.session.destroy();
  }
}

export function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (received) => {
      headers = received;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      const bytes = Buffer.concat(chunks);
      const status = Number(headers[":status"] ?? 0);
      resolve({
        status,
        headers,
        bytes,
        text: bytes.toString("utf8"),
        get json() {
          return JSON.parse(bytes.toString("utf8"));
        },
      });
    });
  });
}
