import { ManualClock } from "@quorate/base";
import test from "ava";
import { WorkQueue } from "../src/work-queue.ts";

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a key that is added while it is worked on is worked on once more, not twice", async (t) => {
  const runs: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = new WorkQueue({
    clock: new ManualClock(),
    concurrency: 2,
    failed: () => t.fail(),
    run: async (key) => {
      runs.push(key);
      if (runs.length === 1) await gate.promise;
      return undefined;
    },
  });
  queue.add("a");
  queue.add("a");
  queue.add("a");
  gate.resolve();
  await settled();
  await queue.stop();
  t.deepEqual(runs, ["a", "a"]);
});

test("no more than the concurrency run at a time", async (t) => {
  let running = 0;
  let most = 0;
  const queue = new WorkQueue({
    clock: new ManualClock(),
    concurrency: 3,
    failed: () => t.fail(),
    run: async () => {
      most = Math.max(most, ++running);
      await settled();
      running--;
      return undefined;
    },
  });
  for (let i = 0; i < 20; i++) queue.add(String(i));
  while (queue.size > 0) await settled();
  t.is(most, 3);
});

test("what fails comes back after a pause that grows, and at once when it is added", async (t) => {
  const clock = new ManualClock();
  let runs = 0;
  const failures: string[] = [];
  const queue = new WorkQueue({
    clock,
    concurrency: 1,
    firstPauseMs: 100,
    longestPauseMs: 300,
    failed: (key, message) => failures.push(`${key}: ${message}`),
    run: async () => {
      runs++;
      throw new Error("not yet");
    },
  });
  queue.add("a");
  for (const [pauseMs, count] of [
    [100, 2],
    [200, 3],
    [300, 4],
    [300, 5],
  ] as const) {
    await settled();
    clock.advance(pauseMs - 1);
    await settled();
    t.is(runs, count - 1);
    clock.advance(1);
    await settled();
    t.is(runs, count);
  }
  queue.add("a");
  await settled();
  t.is(runs, 6);
  t.is(failures[0], "a: not yet");
  await queue.stop();
});

test("stopping waits for what runs and begins nothing more", async (t) => {
  const gate = Promise.withResolvers<void>();
  const ended: string[] = [];
  const queue = new WorkQueue({
    clock: new ManualClock(),
    concurrency: 1,
    failed: () => t.fail(),
    run: async (key) => {
      await gate.promise;
      ended.push(key);
      return undefined;
    },
  });
  queue.add("running");
  queue.add("waiting");
  const stopped = queue.stop();
  gate.resolve();
  await stopped;
  t.deepEqual(ended, ["running"]);
});

test("work that is done at once leaves turns of the event loop to others", async (t) => {
  let runs = 0;
  const queue = new WorkQueue({
    clock: new ManualClock(),
    concurrency: 20,
    failed: () => t.fail(),
    run: async () => {
      runs++;
      return undefined;
    },
  });
  for (let i = 0; i < 1_000; i++) queue.add(String(i));
  await settled();
  t.true(runs > 0 && runs < 1_000, `${runs} runs in one turn`);
  while (queue.size > 0) await settled();
  t.is(runs, 1_000);
});
