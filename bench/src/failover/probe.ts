/**
 * The client's view during a failure: steady writes, linearizable reads and a watch, each spread over all
 * members, every attempt recorded with its start, end and outcome. A write whose answer never came is
 * "unknown": it may be there or not.
 */
import { ApiClient } from "../client/api-client.ts";
import type { Credentials } from "../target.ts";
import { configMapBody, configMapPath } from "../workloads/config-map.ts";

export type Outcome = "ok" | "refused" | "unknown" | `http ${number}`;

export interface Attempt {
  readonly kind: "write" | "read";
  readonly member: number;
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: Outcome;
}

export interface WatchArrival {
  readonly name: string;
  readonly atMs: number;
}

export interface ProbeOptions {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly namespace: string;
  /** Writers and readers for each member: each has one request under way at a time. */
  readonly writersPerMember: number;
  readonly readersPerMember: number;
}

const ATTEMPT_TIMEOUT_MS = 5_000;
/**
 * Bound: how often one client starts an attempt, so that the load is steady rather than as fast as it goes.
 */
const PERIOD_MS = 10;

/**
 * Milliseconds since the Unix epoch from the monotonic clock, comparable between processes of one machine.
 */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export class Probe {
  readonly attempts: Attempt[] = [];
  readonly arrivals: WatchArrival[] = [];
  /** Times at which the watch broke, and at which it was established again. */
  readonly watchBreaks: { readonly brokenMs: number; readonly restoredMs: number }[] = [];
  /** True where the watch had to start over from a list: its history was gone. */
  watchRelisted = false;
  readonly #options: ProbeOptions;
  readonly #clients: ApiClient[];
  readonly #stopped = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #sequence = 0;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#clients = options.endpoints.map(
      (endpoint) =>
        new ApiClient({
          endpoints: [endpoint],
          credentials: options.credentials,
          connections: 1,
          protocol: "h2",
        }),
    );
  }

  /** Makes the namespace, opens the watch and starts the load. */
  async start(): Promise<void> {
    const body = JSON.stringify({
      kind: "Namespace",
      apiVersion: "v1",
      metadata: { name: this.#options.namespace },
    });
    await this.#clients[0]!.expect({ method: "POST", path: "/api/v1/namespaces", body }, 201, 409);
    const path = configMapPath(this.#options.namespace);
    const list = await this.#clients[0]!.expect({ method: "GET", path: `${path}?limit=1` });
    const { metadata } = JSON.parse(list.body) as { metadata: { resourceVersion: string } };
    const loops = [this.#watch(metadata.resourceVersion)];
    for (let member = 0; member < this.#clients.length; member++) {
      for (let i = 0; i < this.#options.writersPerMember; i++) loops.push(this.#load("write", member));
      for (let i = 0; i < this.#options.readersPerMember; i++) loops.push(this.#load("read", member));
    }
    this.#running = Promise.all(loops);
  }

  /** Ends the load, waits for what is under way and for the watch to have seen `settleMs` of quiet. */
  async stop(settleMs = 500): Promise<void> {
    this.#stopped.abort();
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    for (const client of this.#clients) client.close();
    await this.#running;
  }

  async #load(kind: "write" | "read", member: number): Promise<void> {
    const path = configMapPath(this.#options.namespace);
    while (!this.#stopped.signal.aborted) {
      const name = `w-${this.#sequence++}`;
      const startedMs = nowMs();
      const outcome = await this.#attempt(member, kind, path, name);
      const endedMs = nowMs();
      this.attempts.push({ kind, member, name, startedMs, endedMs, outcome });
      const pause = PERIOD_MS - (endedMs - startedMs);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async #attempt(member: number, kind: "write" | "read", path: string, name: string): Promise<Outcome> {
    try {
      const { status } = await this.#clients[member]!.send(
        kind === "write"
          ? {
              method: "POST",
              path,
              body: configMapBody(name, 0, 100),
              timeoutMs: ATTEMPT_TIMEOUT_MS,
            }
          : { method: "GET", path: `${path}?limit=1`, timeoutMs: ATTEMPT_TIMEOUT_MS },
      );
      return status < 300 ? "ok" : `http ${status}`;
    } catch (error) {
      const text = String((error as NodeJS.ErrnoException).code ?? (error as Error).message);
      return text.includes("ECONNREFUSED") ? "refused" : "unknown";
    }
  }

  /** One watch that goes on at the next member from its last resourceVersion whenever it breaks. */
  async #watch(resourceVersion: string): Promise<void> {
    let from = resourceVersion;
    let brokenMs: number | undefined;
    for (let member = 0; !this.#stopped.signal.aborted; member = (member + 1) % this.#clients.length) {
      const path = `${configMapPath(this.#options.namespace)}?watch=1&allowWatchBookmarks=true&resourceVersion=${from}`;
      const stream = this.#clients[member]!.session(0).request({ ":method": "GET", ":path": path });
      let tail = "";
      stream.setEncoding("utf8");
      stream.on("response", () => {
        if (brokenMs !== undefined) this.watchBreaks.push({ brokenMs, restoredMs: nowMs() });
        brokenMs = undefined;
      });
      stream.on("data", (chunk: string) => {
        const lines = (tail + chunk).split("\n");
        tail = lines.pop() ?? "";
        for (const line of lines) if (line) from = this.#arrived(line) ?? from;
      });
      await new Promise<void>((resolve) => {
        stream.on("error", () => resolve());
        stream.on("close", () => resolve());
        this.#stopped.signal.addEventListener("abort", () => setTimeout(() => resolve(), 500), {
          once: true,
        });
      });
      brokenMs ??= nowMs();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Notes one event; answers with the resourceVersion to go on from. */
  #arrived(line: string): string | undefined {
    const event = JSON.parse(line) as {
      type: string;
      object: { metadata: { name?: string; resourceVersion: string } };
    };
    if (event.type === "ERROR") {
      this.watchRelisted = true;
      return undefined;
    }
    if (event.type === "ADDED") this.arrivals.push({ name: event.object.metadata.name ?? "", atMs: nowMs() });
    return event.object.metadata.resourceVersion;
  }
}
