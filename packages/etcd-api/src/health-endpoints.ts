/** etcd's plain HTTP endpoints beside the gateway: /health, /livez, /readyz, /version and /metrics. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EtcdBackend } from "./etcd-backend.ts";
import type { EtcdMetrics } from "./etcd-metrics.ts";
import { STORAGE_VERSION, VERSION } from "./etcd-version.ts";

type Check = () => Promise<string | undefined>;

/** A key that nobody has: what the checks read. */
const PROBE_KEY = Buffer.from("health");
/** How long a check may take. */
const CHECK_MS = 5_000;

/** What Go programs publish there, as far as it means something here. */
function debugVariables(): string {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const memstats = { Sys: rss, HeapSys: heapTotal, HeapAlloc: heapUsed, OtherSys: external };
  return JSON.stringify({ cmdline: process.argv, memstats });
}

/** Serves the endpoints of one member. */
export class HealthEndpoints {
  readonly #backend: EtcdBackend;
  readonly #metrics: EtcdMetrics;
  readonly #checks: Readonly<Record<string, Check>>;
  #healthy = 0;
  #unhealthy = 0;

  constructor(backend: EtcdBackend, metrics: EtcdMetrics) {
    this.#backend = backend;
    this.#metrics = metrics;
    this.#checks = {
      data_corruption: async () => (this.#hasAlarm("corrupt") ? "alarm activated: CORRUPT" : undefined),
      serializable_read: () => this.#read(true),
      linearizable_read: () => this.#read(false),
      non_learner: async () => (backend.isLearner() ? "not supported for learner" : undefined),
    };
  }

  /** Answers of /health. */
  get counts(): { readonly healthy: number; readonly unhealthy: number } {
    return { healthy: this.#healthy, unhealthy: this.#unhealthy };
  }

  /** True where the path was one of these, and is answered. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? "/", "http://member");
    const answer = await this.#answer(url);
    if (!answer) return false;
    const isGet = request.method === "GET" || request.method === "HEAD";
    const { status, type, body } = isGet
      ? answer
      : { status: 405, type: "text/plain", body: "Method Not Allowed\n" };
    response.writeHead(status, {
      "content-type": type,
      ...(isGet ? {} : { allow: "GET" }),
      "x-content-type-options": "nosniff",
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  }

  async #answer(url: URL): Promise<{ status: number; type: string; body: string } | undefined> {
    const path = url.pathname.replace(/(.)\/$/, "$1");
    if (path === "/version") {
      const body = JSON.stringify({
        etcdserver: VERSION,
        etcdcluster: STORAGE_VERSION,
        storage: STORAGE_VERSION,
      });
      return { status: 200, type: "application/json", body };
    }
    if (path === "/metrics") {
      return { status: 200, type: this.#metrics.contentType, body: await this.#metrics.text() };
    }
    if (path === "/debug/vars") {
      return { status: 200, type: "application/json; charset=utf-8", body: debugVariables() };
    }
    if (path === "/health") return this.#health(url);
    const [, kind, name] = /^\/(livez|readyz)(?:\/([a-z_]+))?$/.exec(path) ?? [];
    if (!kind) return undefined;
    const names = kind === "livez" ? ["serializable_read"] : Object.keys(this.#checks);
    if (name !== undefined) {
      return names.includes(name) ? this.#run(kind, [name], url) : undefined;
    }
    return this.#run(kind, names, url);
  }

  async #health(url: URL): Promise<{ status: number; type: string; body: string }> {
    const reason = await this.#healthReason(url);
    if (reason === "") this.#healthy++;
    else this.#unhealthy++;
    const body = JSON.stringify({ health: reason === "" ? "true" : "false", reason });
    return { status: reason === "" ? 200 : 503, type: "application/json", body };
  }

  async #healthReason(url: URL): Promise<string> {
    const excluded = new Set(url.searchParams.getAll("exclude"));
    if (this.#hasAlarm("no-space") && !excluded.has("NOSPACE")) return "ALARM NOSPACE";
    if (this.#hasAlarm("corrupt") && !excluded.has("CORRUPT")) return "ALARM CORRUPT";
    const serializable = url.searchParams.get("serializable") === "true";
    if (!serializable && !this.#backend.hasLeader()) return "RAFT NO LEADER";
    const failure = await this.#read(serializable);
    return failure === undefined ? "" : `RANGE ERROR:${failure}`;
  }

  async #run(
    kind: string,
    names: readonly string[],
    url: URL,
  ): Promise<{ status: number; type: string; body: string }> {
    const excluded = new Set(url.searchParams.getAll("exclude"));
    const wanted = names.filter((name) => !excluded.has(name));
    const failures = await Promise.all(wanted.map((name) => this.#checks[name]!()));
    let text = "";
    for (const [at, name] of wanted.entries()) {
      const failure = failures[at];
      text += failure === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${failure}\n`;
    }
    for (const name of names) if (excluded.has(name)) text += `[+]${name} excluded: ok\n`;
    const isGood = failures.every((failure) => failure === undefined);
    if (!isGood)
      return { status: 503, type: "text/plain; charset=utf-8", body: `${text}${kind} check failed\n` };
    const isVerbose = url.searchParams.has("verbose");
    const body = isVerbose ? `${text}${kind} check passed\n` : "ok\n";
    return { status: 200, type: "text/plain; charset=utf-8", body };
  }

  #hasAlarm(type: string): boolean {
    for (const alarm of this.#backend.store().alarms) if (alarm.startsWith(`${type}/`)) return true;
    return false;
  }

  async #read(serializable: boolean): Promise<string | undefined> {
    try {
      await this.#backend.kv.range({ key: PROBE_KEY, serializable, limit: 1 }, { timeoutMs: CHECK_MS });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
