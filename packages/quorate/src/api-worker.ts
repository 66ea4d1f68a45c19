/**
 * A process that serves the API on the port that its member's process holds: its own object stores and watch
 * cache, on the member's Kv over a socket. It ends with the member's process, and when the store's connection
 * ends; the member brings it back where that was not meant.
 */
import { flushCompileCache } from "node:module";
import { CodedError, SystemClock, systemRandom } from "@quorate/base";
import type { Log } from "@quorate/controllers";
import { connectKvSocket } from "@quorate/replica/kv-socket";
import { builtinSchema } from "@quorate/schema";
import { failureLine } from "./command/failure-line.ts";
import { giveBackMemory } from "./give-back-memory.ts";
import { EventLoopDelay } from "./member/event-loop-delay.ts";
import { type FrontDoor, openFrontDoor, openStores } from "./member/front-door.ts";
import { openLog } from "./member/member-log.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./workers/worker-messages.ts";

const delay = new EventLoopDelay();
const collecting = new Map<number, (text: string | undefined) => void>();
let nextCollect = 1;
let door: FrontDoor | undefined;
let isStopping = false;
let closeStores: () => Promise<void> = async () => {};

function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, undefined, {}, () => resolve());
    else resolve();
  });
}

/** The metrics of all processes, which the member's process gathers. */
async function collectMetrics(): Promise<string> {
  const id = nextCollect++;
  const text = await new Promise<string | undefined>((resolve) => {
    collecting.set(id, resolve);
    void tell({ type: "collect", id });
  });
  if (text === undefined) throw new Error("the member's process could not gather them");
  return text;
}

async function start(settings: WorkerSettings): Promise<void> {
  const logger = openLog(settings.logging.level, settings.logging.member).child({ worker: settings.number });
  const log: Log = (level, message, fields) => logger[level](fields ?? {}, message);
  const { kv, closed } = await connectKvSocket(settings.socket);
  void closed.then(() => {
    if (isStopping) return;
    log("error", "the connection to the store has ended");
    process.exit(1);
  });
  const schema = builtinSchema();
  const [clock, random] = [new SystemClock(), systemRandom()];
  const stores = openStores(settings, { kv, schema, clock, random });
  closeStores = async () => {
    await stores.close();
    await kv.close();
  };
  await stores.ready();
  door = await openFrontDoor(settings, { kv, schema, stores, clock, random, log, collectMetrics });
  if (settings.isBootstrapped) door.bootstrapDone();
  await tell({ type: "ready", port: door.server.port });
  flushCompileCache();
  await giveBackMemory();
}

async function stop(graceMs: number | undefined): Promise<void> {
  isStopping = true;
  await door?.server.stop(graceMs === undefined ? {} : { graceMs });
  await closeStores();
  process.exit(0);
}

async function report(id: number): Promise<void> {
  const metrics = (await door?.server.metrics()) ?? [];
  await tell({ type: "reported", id, report: { metrics, delaySeconds: delay.takeP999() } });
}

async function hear(message: ToWorker): Promise<void> {
  if (message.type === "start") await start(message.settings);
  else if (message.type === "bootstrap-done") door?.bootstrapDone();
  else if (message.type === "stop-coming") door?.stopComing();
  else if (message.type === "renew-tls") door?.server.renewTls(message.tls);
  else if (message.type === "report") await report(message.id);
  else if (message.type === "stop") await stop(message.graceMs);
  else {
    collecting.get(message.id)?.(message.text);
    collecting.delete(message.id);
  }
}

async function fail(error: unknown): Promise<never> {
  const code = error instanceof CodedError ? error.code : "INTERNAL";
  await tell({ type: "failed", code, message: failureLine(error) });
  process.exit(1);
}

process.on("message", (message: ToWorker) => {
  hear(message).catch(fail);
});
// A terminal and a service manager signal every process of a group: the member's own says when to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
