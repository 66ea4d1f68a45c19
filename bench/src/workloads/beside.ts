/**
 * What experiments run beside other workloads: a watcher that takes nothing for a while, steady gets, a flood
 * of lists.
 */
import type { ApiContext, ApiWorkload, OperationResult, Recorder } from "../workload.ts";
import { configMapPath } from "./config-map.ts";
import { fill } from "./request-workload.ts";
import { currentVersion, openWatch } from "./watches.ts";

const GETS_AT_A_TIME = 2;
const OBJECTS = 100;
const LARGE_BYTES = 1_000_000;
/** How long a watcher that goes on may take to get what it has missed. */
const CATCH_UP_MS = 30_000;
const GONE = 410;

/**
 * Opens, takes nothing until the parent says so, then reads all `events`; goes on anew where it was cut off.
 */
async function runPausedWatch(context: ApiContext, recorder: Recorder): Promise<void> {
  const { api, namespace, parameters } = context;
  const expected = parameters["events"] ?? 0;
  const path = `${configMapPath(namespace)}?watch=1&resourceVersion=`;
  const from = await currentVersion(api, namespace);
  const caughtUp = Promise.withResolvers<void>();
  let received = 0;
  let relists = 0;
  const event = () => {
    if (++received === expected) caughtUp.resolve();
  };
  const watch = await openWatch(api, 0, path + from, event);
  watch.pause();
  await recorder.start();
  const timer = setTimeout(caughtUp.resolve, CATCH_UP_MS);
  watch.resume();
  const version = watch.ended.then(async (last) => {
    if (received >= expected) return;
    // Cut off as too slow: a watch from where it stood must still be possible.
    const again = await openWatch(api, 1, path + (last ?? from), event).catch((error: Error) => {
      if (error.message.includes(String(GONE))) relists++;
      caughtUp.resolve();
    });
    await caughtUp.promise;
    again?.close();
  });
  await caughtUp.promise;
  clearTimeout(timer);
  watch.close();
  await version;
  recorder.fact("received", received);
  recorder.fact("relists", relists);
}

async function untilTimeIsOver(
  context: ApiContext,
  recorder: Recorder,
  concurrency: number,
  operation: (turn: number) => Promise<OperationResult>,
): Promise<void> {
  await recorder.start();
  const end = performance.now() + (context.parameters["seconds"] ?? 1) * 1000;
  let turn = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const started = performance.now();
      const { status, receivedBytes } = await operation(turn++).catch(() => ({
        status: 0,
        receivedBytes: 0,
      }));
      const ended = performance.now();
      recorder.received(receivedBytes);
      if (status !== 200) recorder.failed(status === 0 ? "broken" : String(status));
      else recorder.samples.add(ended - started, performance.timeOrigin + ended);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

const heading = { unit: "request", surfaces: ["api"], concurrency: 1, members: [1], clientsMax: 1 } as const;

/** Not run by themselves. */
export const besideWorkloads: readonly ApiWorkload[] = [
  {
    ...heading,
    name: "paused-watch",
    title: "a watcher that takes nothing for a while",
    run: runPausedWatch,
  },
  {
    ...heading,
    name: "steady-get",
    title: "gets, one after the other",
    prepare: (context) => fill(context, OBJECTS),
    run: (context, recorder) =>
      untilTimeIsOver(context, recorder, GETS_AT_A_TIME, (turn) =>
        context.api.send({ method: "GET", path: configMapPath(context.namespace, `cm-${turn % OBJECTS}`) }),
      ),
  },
  {
    ...heading,
    name: "list-flood",
    title: "large lists at the same time",
    prepare: (context) => fill(context, context.parameters["objects"] ?? 1, LARGE_BYTES),
    run: (context, recorder) =>
      untilTimeIsOver(context, recorder, context.parameters["lists"] ?? 1, () =>
        context.api.send({ method: "GET", path: configMapPath(context.namespace) }),
      ),
  },
];
