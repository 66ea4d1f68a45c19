/** What tests ask of an API server without kubectl: whether it is ready, and many small requests. */
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";

/** How to reach an API server; certificates of the server are not looked at. */
export interface ApiAccess {
  readonly url: string;
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What was answered; `status` 0 where nothing was. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

const READY_LIMIT_MS = 60_000;
const READY_POLL_MS = 100;

export class ApiClient {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    const { cert, key } = access;
    this.#agent = new Agent({ keepAlive: true, rejectUnauthorized: false, ...(cert ? { cert, key } : {}) });
  }

  close(): void {
    this.#agent.destroy();
  }

  send(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const { url, token } = this.#access;
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    return new Promise((resolve) => {
      const call = request(new URL(path, url), { method, agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        const done = (status: number) => resolve({ status, body: Buffer.concat(chunks).toString() });
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => done(response.statusCode ?? 0));
        response.on("error", () => done(0));
      });
      call.on("error", (error) => resolve({ status: 0, body: error.message }));
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The answer as an object; throws where it is not 200. */
  async get<Answer>(path: string): Promise<Answer> {
    const { status, body } = await this.send("GET", path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
    return JSON.parse(body) as Answer;
  }

  /** Resolves when it says that it is ready. */
  async untilReady(): Promise<void> {
    const overdue = AbortSignal.timeout(READY_LIMIT_MS);
    for (;;) {
      const { status, body } = await this.send("GET", "/readyz");
      if (status === 200) return;
      if (overdue.aborted) throw new Error(`never ready: ${status} ${body}`);
      await pause(READY_POLL_MS);
    }
  }
}
