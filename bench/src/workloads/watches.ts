/** Watch fan-out over the API. */
import type { ApiClient } from "../client/api-client.ts";
import type { ApiContext, ApiWorkload, Recorder, Size } from "../workload.ts";
import { configMapBody, configMapPath } from "./config-map.ts";
import { type FanOut, fanOutOf, runFanOut } from "./fan-out.ts";

const WATCHES_A_CONNECTION = 20;

/** An open watch over the API. */
export interface ApiWatch {
  /** Stops and goes on reading: the server sees a client that takes nothing. */
  pause(): void;
  resume(): void;
  close(): void;
  /** Resolves when the watch is over, with the last resourceVersion that it delivered. */
  readonly ended: Promise<string | undefined>;
}

/** Opens one watch, resolves once it is answered; calls `event` with the time that each object carries. */
export async function openWatch(
  api: ApiClient,
  slot: number,
  path: string,
  event: (sentAtMs: number) => void,
  received: (bytes: number) => void = () => {},
): Promise<ApiWatch> {
  const stream = api.session(slot).request({ ":method": "GET", ":path": path, accept: "application/json" });
  // The time is all that counts here: parsing 1 KiB of JSON for each event would measure the client.
  const pattern = /"sentAt":"([\d.]+)"/g;
  let tail = "";
  let lastLine = "";
  stream.setEncoding("latin1");
  stream.on("data", (chunk: string) => {
    received(chunk.length);
    const text = tail + chunk;
    const end = text.lastIndexOf("\n") + 1;
    tail = text.slice(end);
    if (end > 0) lastLine = text.slice(text.lastIndexOf("\n", end - 2) + 1, end);
    for (const found of text.slice(0, end).matchAll(pattern)) event(Number(found[1]));
  });
  const ended = new Promise<string | undefined>((resolve) => {
    stream.on("close", () => resolve(/"resourceVersion":"(\d+)"/.exec(lastLine)?.[1]));
  });
  await new Promise<void>((resolve, reject) => {
    stream.on("response", (headers) => {
      if (headers[":status"] === 200) resolve();
      else reject(new Error(`watch: ${headers[":status"]}`));
    });
    stream.on("error", reject);
  });
  const close = () => {
    stream.removeAllListeners("error");
    stream.on("error", () => {});
    stream.close();
  };
  return { pause: () => void stream.pause(), resume: () => void stream.resume(), close, ended };
}

/** The resourceVersion of a namespace's ConfigMaps now. */
export async function currentVersion(api: ApiClient, namespace: string): Promise<string> {
  const { body } = await api.expect({ method: "GET", path: `${configMapPath(namespace)}?limit=1` });
  return (JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

async function runWatches(context: ApiContext, recorder: Recorder, fanOut: FanOut): Promise<void> {
  const { api, namespace } = context;
  const path = configMapPath(namespace);
  const watchPath = `${path}?watch=1&resourceVersion=${await currentVersion(api, namespace)}`;
  await runFanOut(context, recorder, fanOut, {
    open: (slot, event) => openWatch(api, slot, watchPath, event, (bytes) => recorder.received(bytes)),
    write: async (index, sentAt) => {
      const body = configMapBody(`ev-${index}`, index, 850, { sentAt });
      await api.expect({ method: "POST", path, body });
      recorder.sent(body.length);
    },
  });
}

function watchWorkload(name: string, title: string, sizes: Record<Size, FanOut>): ApiWorkload {
  return {
    name,
    title,
    unit: "event",
    surfaces: ["api"],
    concurrency: 8,
    // Servers bound the streams of one connection; clients of their own have connections of their own anyway.
    connections: Math.ceil(sizes.full.watchers / WATCHES_A_CONNECTION),
    members: [1],
    run: (context, recorder) => runWatches(context, recorder, fanOutOf(context, sizes)),
  };
}

/** In the order in which they are run and shown. */
export const watchWorkloads: readonly ApiWorkload[] = [
  watchWorkload("watch-100", "watch, 100 watchers", {
    smoke: { watchers: 10, events: 20 },
    full: { watchers: 100, events: 500 },
  }),
  watchWorkload("watch-2000", "watch, 2,000 watchers", {
    smoke: { watchers: 50, events: 10 },
    full: { watchers: 2_000, events: 50 },
  }),
];
