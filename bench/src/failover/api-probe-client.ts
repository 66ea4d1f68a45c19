/** The probe's client over the Kubernetes API: ConfigMaps in a namespace of its own. */
import { ApiClient, type ApiRequest } from "../client/api-client.ts";
import type { Credentials } from "../target.ts";
import { configMapBody, configMapPath } from "../workloads/config-map.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  type Outcome,
  outcomeOf,
  type ProbeClient,
  type WatchEvents,
} from "./probe-client.ts";

const VALUE_BYTES = 100;

interface WatchLine {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name?: string; readonly resourceVersion: string } };
}

/** Connected to one member. */
export class ApiProbeClient implements ProbeClient {
  readonly #api: ApiClient;
  readonly #namespace: string;

  constructor(endpoint: string, credentials: Credentials, namespace: string) {
    this.#api = new ApiClient({ endpoints: [endpoint], credentials, connections: 1, protocol: "h2" });
    this.#namespace = namespace;
  }

  /** Makes the namespace; once for all clients. */
  async prepare(): Promise<void> {
    const metadata = { name: this.#namespace };
    const body = JSON.stringify({ kind: "Namespace", apiVersion: "v1", metadata });
    await this.#api.expect({ method: "POST", path: "/api/v1/namespaces", body }, 201, 409);
  }

  write(name: string): Promise<Outcome> {
    const body = configMapBody(name, 0, VALUE_BYTES);
    return this.#attempt({ method: "POST", path: configMapPath(this.#namespace), body });
  }

  read(): Promise<Outcome> {
    return this.#attempt({ method: "GET", path: `${configMapPath(this.#namespace)}?limit=1` });
  }

  async position(): Promise<string> {
    const path = `${configMapPath(this.#namespace)}?limit=1`;
    const { body } = await this.#api.expect({ method: "GET", path });
    return (JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  }

  async watch(from: string, events: WatchEvents, signal: AbortSignal): Promise<void> {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${from}`;
    const path = `${configMapPath(this.#namespace)}?${query}`;
    const stream = this.#api.session(0).request({ ":method": "GET", ":path": path });
    const cancel = () => stream.close();
    signal.addEventListener("abort", cancel, { once: true });
    let tail = "";
    stream.setEncoding("utf8");
    stream.on("response", (headers) => {
      if (headers[":status"] === 200) events.opened();
    });
    stream.on("data", (chunk: string) => {
      const lines = (tail + chunk).split("\n");
      tail = lines.pop() ?? "";
      for (const line of lines)
        if (line.startsWith('{"type"')) this.#arrived(JSON.parse(line) as WatchLine, events);
    });
    await new Promise<void>((resolve) => {
      stream.on("error", () => resolve());
      stream.on("close", () => resolve());
    });
    signal.removeEventListener("abort", cancel);
  }

  async names(): Promise<Set<string>> {
    const { body } = await this.#api.expect({ method: "GET", path: configMapPath(this.#namespace) });
    const list = JSON.parse(body) as { items: { metadata: { name: string } }[] };
    return new Set(list.items.map(({ metadata }) => metadata.name));
  }

  close(): void {
    this.#api.close();
  }

  async #attempt(request: ApiRequest): Promise<Outcome> {
    const started = performance.now();
    try {
      const { status } = await this.#api.send({ ...request, timeoutMs: ATTEMPT_TIMEOUT_MS });
      return status < 300 ? "ok" : `http ${status}`;
    } catch (error) {
      return outcomeOf(error, started);
    }
  }

  #arrived({ type, object }: WatchLine, events: WatchEvents): void {
    if (type === "ERROR") events.expired();
    // A bookmark has no name, and moves the position all the same.
    else
      events.created(type === "ADDED" ? (object.metadata.name ?? "") : "", object.metadata.resourceVersion);
  }
}
