/**
 * Fan-out of changes to many watchers, whatever the surface: an operation is one event at one watcher, its
 * latency the time from sending the write to the event's arrival. The writes carry the time at which they
 * were sent, so that the watchers may live in other processes than the writer.
 */
import { inParallel, type Recorder, type Size, type WorkloadContext, workOf } from "../workload.ts";

/** How many watchers, over all client processes, and how many writes. */
export interface FanOut {
  readonly watchers: number;
  readonly events: number;
}

/** What differs between the surfaces. */
export interface FanOutSteps {
  /** Opens one watch, resolves once it is confirmed; calls `event` with the time that each write carries. */
  open(slot: number, event: (sentAtMs: number) => void): Promise<{ close(): void }>;
  /** Writes one object that carries `sentAtMs`; throws where it is refused. */
  write(index: number, sentAtMs: string): Promise<void>;
}

const STALL_MS = 60_000;
const OPEN_CONCURRENCY = 64;

/** `watchers` and `events` of the size, or as an experiment asks for them. */
export function fanOutOf(context: WorkloadContext, sizes: Record<Size, FanOut>): FanOut {
  const { smoke, full } = sizes;
  const { parameters } = context;
  return {
    watchers: parameters["watchers"] ?? sizes[context.size].watchers,
    events: parameters["events"] ?? workOf(context, { smoke: smoke.events, full: full.events }),
  };
}

/** This client's share of the watchers; the first client is the one that writes. */
export async function runFanOut(
  context: WorkloadContext,
  recorder: Recorder,
  fanOut: FanOut,
  steps: FanOutSteps,
): Promise<void> {
  const share = Math.ceil((fanOut.watchers - context.client) / context.clients);
  const expected = share * fanOut.events;
  const finished = Promise.withResolvers<void>();
  let received = 0;
  const watches: { close(): void }[] = [];
  await inParallel(share, OPEN_CONCURRENCY, async (slot) => {
    const watch = await steps.open(slot, (sentAtMs) => {
      const now = performance.timeOrigin + performance.now();
      recorder.samples.add(now - sentAtMs, now);
      if (++received === expected) finished.resolve();
    });
    watches.push(watch);
  });
  await recorder.start();
  if (context.client === 0) {
    await inParallel(fanOut.events, context.concurrency, async (index) => {
      await steps.write(index, (performance.timeOrigin + performance.now()).toFixed(3));
    });
  }
  const timer = setTimeout(finished.resolve, STALL_MS);
  if (expected > 0) await finished.promise;
  clearTimeout(timer);
  for (let missing = received; missing < expected; missing++) recorder.failed("event missing");
  for (const watch of watches) watch.close();
}
