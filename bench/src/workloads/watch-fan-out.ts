/**
 * Watch fan-out: N watchers of one namespace, a stream of creations; an operation is one event at one watcher, its
 * latency the time from sending the write to the event's arrival.
 */
import type { ClientHttp2Stream } from "node:http2";
import type { ApiClient } from "../client/api-client.ts";
import { inParallel, type Recorder, type Workload, type WorkloadContext } from "../workload.ts";
import { configMapBody, configMapPath } from "./config-map.ts";

interface FanOut {
  readonly watchers: number;
  readonly events: number;
}

const STALL_MS = 60_000;

/** Opens one watch; calls `event` with the number in the name of each added object. */
function openWatch(
  api: ApiClient,
  slot: number,
  path: string,
  event: (index: number) => void,
): { stream: ClientHttp2Stream; opened: Promise<void> } {
  const stream = api.session(slot).request({ ":method": "GET", ":path": path, accept: "application/json" });
  const opened = new Promise<void>((resolve, reject) => {
    stream.on("response", (headers) => {
      if (headers[":status"] === 200) resolve();
      else reject(new Error(`watch: ${headers[":status"]}`));
    });
    stream.on("error", reject);
  });
  // An event's name is all that counts here: parsing 1 KiB of JSON for each would measure the client.
  const pattern = /"name":"ev-(\d+)"/g;
  let tail = "";
  stream.setEncoding("latin1");
  stream.on("data", (chunk: string) => {
    const text = tail + chunk;
    const end = text.lastIndexOf("\n") + 1;
    tail = text.slice(end);
    for (const found of text.slice(0, end).matchAll(pattern)) event(Number(found[1]));
  });
  return { stream, opened };
}

async function runFanOut(context: WorkloadContext, recorder: Recorder, fanOut: FanOut): Promise<void> {
  const path = configMapPath(context.namespace);
  const start = await context.api.expect({ method: "GET", path: `${path}?limit=1` });
  const resourceVersion = (JSON.parse(start.body) as { metadata: { resourceVersion: string } }).metadata
    .resourceVersion;
  const sentAt = new Float64Array(fanOut.events);
  const expected = fanOut.watchers * fanOut.events;
  let received = 0;
  let done = () => {};
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const watches = Array.from({ length: fanOut.watchers }, (_, slot) =>
    openWatch(context.api, slot, `${path}?watch=1&resourceVersion=${resourceVersion}`, (index) => {
      const now = performance.now();
      recorder.samples.add(now - sentAt[index]!, performance.timeOrigin + now);
      if (++received === expected) done();
    }),
  );
  await Promise.all(watches.map((watch) => watch.opened));
  await inParallel(fanOut.events, context.concurrency, async (index) => {
    sentAt[index] = performance.now();
    await context.api.expect({ method: "POST", path, body: configMapBody(`ev-${index}`, index) });
  });
  const timer = setTimeout(done, STALL_MS);
  await finished;
  clearTimeout(timer);
  for (let missing = received; missing < expected; missing++) recorder.failed("event missing");
  for (const watch of watches) {
    watch.stream.removeAllListeners("error");
    watch.stream.on("error", () => {});
    watch.stream.close();
  }
}

function watchWorkload(name: string, title: string, smoke: FanOut, full: FanOut): Workload {
  return {
    name,
    title,
    unit: "event",
    concurrency: 8,
    run: (context, recorder) => runFanOut(context, recorder, context.size === "smoke" ? smoke : full),
  };
}

export const watchWorkloads: readonly Workload[] = [
  watchWorkload(
    "watch-100",
    "watch, 100 watchers",
    { watchers: 10, events: 20 },
    { watchers: 100, events: 500 },
  ),
  watchWorkload(
    "watch-2000",
    "watch, 2,000 watchers",
    { watchers: 50, events: 10 },
    { watchers: 2_000, events: 50 },
  ),
];
