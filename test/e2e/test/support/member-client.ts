/**
 * A client of one member: HTTP/2 with the administrator's certificate, a new connection where the old one
 * broke. It never tries anything again by itself, so that a test knows which request got which answer.
 */
import { readFile } from "node:fs/promises";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { createInterface } from "node:readline";
import { parse } from "yaml";

export interface MemberAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface WatchedEvent {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  };
}

/** A request before anything is made of it. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Credentials {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

export class MemberClient {
  readonly member: string;
  readonly #endpoint: string;
  readonly #credentials: Credentials;
  #session: ClientHttp2Session | undefined;

  constructor(member: string, endpoint: string, credentials: Credentials) {
    this.member = member;
    this.#endpoint = endpoint;
    this.#credentials = credentials;
  }

  /** One client a member. */
  static async forAll(kubeconfig: string): Promise<MemberClient[]> {
    const config = parse(await readFile(kubeconfig, "utf8")) as Kubeconfig;
    const bytes = (base64: string) => Buffer.from(base64, "base64");
    const { user } = config.users[0]!;
    return config.clusters
      .filter(({ name }) => name.startsWith("quorate-"))
      .map(({ name, cluster }) => {
        const credentials = {
          ca: bytes(cluster["certificate-authority-data"]),
          cert: bytes(user["client-certificate-data"]),
          key: bytes(user["client-key-data"]),
        };
        return new MemberClient(name.slice("quorate-".length), cluster.server, credentials);
      });
  }

  /** Rejects where no answer came: the request may or may not have been carried out. */
  request(method: string, path: string, body?: unknown): Promise<MemberAnswer> {
    if (body === undefined) return this.send({ method, path });
    const headers = { "content-type": "application/json" };
    return this.send({ method, path, headers, body: JSON.stringify(body) });
  }

  /** As it is given, whatever it may be. */
  send(request: RawRequest): Promise<MemberAnswer> {
    const stream = this.#open(request);
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0;
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () => reject(new Error("the connection broke")));
      stream.on("end", () => {
        if (status === 0) return;
        try {
          resolve({ status, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown> });
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  /** Calls back with every event; resolves when the watch ends, however it does. `stop` ends it. */
  watch(path: string, onEvent: (event: WatchedEvent) => void): { ended: Promise<void>; stop(): void } {
    const stream = this.#open({ method: "GET", path });
    stream.on("error", () => {});
    const lines = createInterface({ input: stream });
    lines.on("error", () => {});
    lines.on("line", (line) => {
      try {
        onEvent(JSON.parse(line) as WatchedEvent);
      } catch {
        // A frame that was cut off by the connection's end.
      }
    });
    return {
      ended: new Promise((resolve) => stream.on("close", () => resolve())),
      stop: () => stream.destroy(),
    };
  }

  close(): void {
    this.#session?.destroy();
  }

  #open({ method, path, headers, body }: RawRequest): ClientHttp2Stream {
    if (!this.#session || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#endpoint, { ...this.#credentials });
      this.#session.on("error", () => {});
      this.#session.setMaxListeners(0);
    }
    const accept = { accept: "application/json" };
    const stream = this.#session.request({ ":method": method, ":path": path, ...accept, ...headers });
    stream.end(body);
    return stream;
  }
}
