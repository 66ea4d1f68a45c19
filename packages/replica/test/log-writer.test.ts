import type { Entry, Message } from "@quorate/raft";
import test from "ava";
import type { DurableLog, LogBatch } from "../src/durable-log.ts";
import { LogWriter } from "../src/log-writer.ts";

/** A log whose writes end when the test says so. */
class HeldLog implements DurableLog {
  readonly batches: LogBatch[] = [];
  #release: PromiseWithResolvers<void>[] = [];

  append(batch: LogBatch): Promise<void> {
    this.batches.push(batch);
    const held = Promise.withResolvers<void>();
    this.#release.push(held);
    return held.promise;
  }

  async finish(error?: Error): Promise<void> {
    const held = this.#release.shift()!;
    if (error) held.reject(error);
    else held.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {}
}

const entry = (index: number): Entry => ({ index, term: 1, type: "normal", data: Buffer.from("x") });
const message = (index: number): Message => ({ type: "app-resp", from: 1n, to: 2n, term: 1, index });
const hard = (commit: number) => ({ term: 1, vote: 1n, commit });

function open() {
  const log = new HeldLog();
  const released: number[] = [];
  const errors: Error[] = [];
  const writer = new LogWriter(log, () => 0, {
    persisted: (_entries, messages) => released.push(...messages.map(({ index }) => index!)),
    failed: (error) => errors.push(error),
  });
  const write = (index: number) =>
    writer.write({ entries: [entry(index)], mustSync: true, afterPersist: [message(index)] });
  return { log, writer, released, errors, write };
}

test("what comes during a write goes together into the next, and is released after it", async (t) => {
  const { log, released, write } = open();
  for (const index of [1, 2, 3]) write(index);
  t.is(log.batches.length, 1);
  t.deepEqual(released, []);
  await log.finish();
  t.deepEqual(released, [1]);
  t.deepEqual(
    log.batches[1]!.entries.map(({ index }) => index),
    [2, 3],
  );
  await log.finish();
  t.deepEqual(released, [1, 2, 3]);
});

test("a commit index alone waits for the next write, and messages keep their order behind those under way", async (t) => {
  const { log, writer, released, write } = open();
  writer.write({ entries: [], hardState: hard(5), mustSync: false, afterPersist: [] });
  t.is(log.batches.length, 0);
  write(1);
  t.deepEqual(log.batches[0]!.hardState, hard(5));
  writer.write({ entries: [], mustSync: false, afterPersist: [message(9)] });
  t.deepEqual(released, []);
  await log.finish();
  t.deepEqual(released, [1, 9]);
  writer.write({ entries: [], mustSync: false, afterPersist: [message(10)] });
  t.deepEqual(released, [1, 9, 10]);
});

test("a reset starts a write of its own, behind those before it", async (t) => {
  const { log, writer, write } = open();
  write(1);
  write(2);
  const order: string[] = [];
  writer.reset({ index: 50, term: 3 }, { entries: [], afterPersist: [] }, () => order.push("reset"));
  write(51);
  await log.finish();
  t.is(log.batches[1]!.reset, undefined);
  await log.finish();
  t.deepEqual(log.batches[2]!.reset, { index: 50, term: 3 });
  t.deepEqual(
    log.batches[2]!.entries.map(({ index }) => index),
    [51],
  );
  await log.finish();
  t.deepEqual(order, ["reset"]);
});

test("after a failed write nothing is released or written any more", async (t) => {
  const { log, released, errors, write } = open();
  write(1);
  write(2);
  await log.finish(new Error("disk"));
  t.is(errors.length, 1);
  write(3);
  t.is(log.batches.length, 1);
  t.deepEqual(released, []);
});
