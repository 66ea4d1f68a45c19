/** Watches: live, from the past, filtered, over a compaction, and in step with the answers of writes. */
import type { Change, Kv, Watch, WatchBatch, WatchRequest } from "../kv.ts";
import { b, type ContractAssertions, text } from "./contract-test.ts";
import { type KvContractOptions, withKv } from "./kv-harness.ts";

const ALL = { key: b("\0"), rangeEnd: b("\0") };

/** Gathers what a watch gives, and lets a test wait for it. */
class Recorder {
  readonly batches: WatchBatch[] = [];
  readonly watch: Watch;
  closed: { error: unknown } | undefined;
  #waiting: (() => void) | undefined;

  constructor(kv: Kv, request: WatchRequest) {
    this.watch = kv.watch(request, {
      batch: (batch) => {
        this.batches.push(batch);
        this.#waiting?.();
      },
      closed: (error) => {
        this.closed = { error };
        this.#waiting?.();
      },
    });
  }

  get changes(): Change[] {
    return this.batches.flatMap((batch) => [...batch.changes]);
  }

  texts(): string[] {
    return this.changes.map(({ type, kv }) => `${type} ${text(kv.key)}=${text(kv.value)}@${kv.modRevision}`);
  }

  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}

async function write(kv: Kv, ...pairs: string[]): Promise<void> {
  for (const pair of pairs) {
    const [key, value] = pair.split("=");
    await kv.put({ key: b(key!), value: b(value!) });
  }
}

function checkAscends(t: ContractAssertions, recorder: Recorder): void {
  const revisions = recorder.batches
    .filter((batch) => batch.changes.length > 0)
    .map((batch) => batch.revision);
  for (const [at, revision] of revisions.entries()) if (at > 0) t.true(revision > revisions[at - 1]!);
}

/** Declares these tests. */
export function kvWatchContract(options: KvContractOptions): void {
  const { test } = options;

  test("a watch gives every change of its range, and nothing of others", (t) =>
    withKv(options, async (kv) => {
      const one = new Recorder(kv, { key: b("a") });
      const prefix = new Recorder(kv, { key: b("a"), rangeEnd: b("b") });
      await kv.barrier();
      await write(kv, "a=1", "a/b=2", "b=3");
      await kv.deleteRange({ key: b("a"), rangeEnd: b("c") });
      await one.until(() => one.changes.length >= 2);
      await prefix.until(() => prefix.changes.length >= 4);
      t.deepEqual(one.texts(), ["put a=1@2", "delete a=@5"]);
      t.deepEqual(prefix.texts(), ["put a=1@2", "put a/b=2@3", "delete a=@5", "delete a/b=@5"]);
      t.is(prefix.batches.length, 3);
    }));

  test("a watch from the past gives the past once and then goes on", (t) =>
    withKv(options, async (kv) => {
      await write(kv, ...Array.from({ length: 40 }, (_, i) => `k${i % 5}=${i}`));
      const recorder = new Recorder(kv, { ...ALL, startRevision: 10 });
      await write(kv, "k1=new", "x=new");
      await recorder.until(() => recorder.changes.length >= 34);
      checkAscends(t, recorder);
      t.deepEqual(
        recorder.changes.map((change) => change.kv.modRevision),
        Array.from({ length: 34 }, (_, i) => i + 10),
      );
    }));

  test("a watch from the future starts there", (t) =>
    withKv(options, async (kv) => {
      const recorder = new Recorder(kv, { ...ALL, startRevision: 4 });
      await write(kv, "a=1", "a=2", "a=3", "a=4");
      await recorder.until(() => recorder.changes.length >= 2);
      t.deepEqual(recorder.texts(), ["put a=3@4", "put a=4@5"]);
    }));

  test("an answer comes behind the changes it covers, for the watches that were open", (t) =>
    withKv(options, async (kv) => {
      await write(kv, "a=0");
      const synced = new Recorder(kv, ALL);
      const behind = new Recorder(kv, { ...ALL, startRevision: 2 });
      await kv.barrier();
      for (let i = 1; i <= 5; i++) {
        const { header } = await kv.put({ key: b("a"), value: b(String(i)) });
        t.is(synced.changes.at(-1)?.kv.modRevision, header.revision);
        t.is(behind.changes.at(-1)?.kv.modRevision, header.revision);
      }
    }));

  test("filters leave out puts or deletes, prevKv tells what was there", (t) =>
    withKv(options, async (kv) => {
      const noPut = new Recorder(kv, { ...ALL, noPut: true, prevKv: true });
      const noDelete = new Recorder(kv, { ...ALL, noDelete: true, prevKv: true });
      await kv.barrier();
      await write(kv, "a=1", "a=2");
      await kv.deleteRange({ key: b("a") });
      await write(kv, "a=3");
      await noDelete.until(() => noDelete.changes.length >= 3);
      await noPut.until(() => noPut.changes.length >= 1);
      const before = (recorder: Recorder) =>
        recorder.changes.map((change) => change.prevKv && text(change.prevKv.value));
      t.deepEqual(before(noPut), ["2"]);
      t.deepEqual(before(noDelete), [undefined, "1", undefined]);
      const past = new Recorder(kv, { ...ALL, startRevision: 2, prevKv: true });
      await past.until(() => past.changes.length >= 4);
      t.deepEqual(before(past), [undefined, "1", "2", undefined]);
    }));

  test("all changes of a txn come in one batch", (t) =>
    withKv(options, async (kv) => {
      const live = new Recorder(kv, ALL);
      await kv.barrier();
      const success = ["a", "b", "c"].map(
        (key) => ({ op: "put", request: { key: b(key), value: b("1") } }) as const,
      );
      await kv.txn({ compare: [], success, failure: [] });
      const past = new Recorder(kv, { ...ALL, startRevision: 2 });
      await live.until(() => live.changes.length >= 3);
      await past.until(() => past.changes.length >= 3);
      t.is(live.batches.length, 1);
      t.is(past.batches.length, 1);
    }));

  test("a watch below the compaction is closed with the revision it may start from", (t) =>
    withKv(options, async (kv) => {
      await write(kv, "a=1", "a=2", "b=1", "a=3");
      await kv.deleteRange({ key: b("b") });
      await kv.compact({ revision: 6, physical: true });
      const late = new Recorder(kv, { ...ALL, startRevision: 5 });
      await late.until(() => late.closed !== undefined);
      const error = late.closed!.error as { code?: string; details?: { compactRevision?: number } };
      t.deepEqual([error.code, error.details?.compactRevision], ["COMPACTED", 6]);
      t.is(late.batches.length, 0);
      const atIt = new Recorder(kv, { ...ALL, startRevision: 6 });
      await atIt.until(() => atIt.changes.length >= 1);
      t.deepEqual(atIt.texts(), ["delete b=@6"]);
    }));

  test("progress is told on request, behind all that came before", (t) =>
    withKv(options, async (kv) => {
      const recorder = new Recorder(kv, { ...ALL, startRevision: 1 });
      await write(kv, "a=1", "a=2");
      recorder.watch.requestProgress();
      await recorder.until(() => recorder.batches.some((batch) => batch.changes.length === 0));
      t.is(recorder.changes.length, 2);
      t.is(recorder.batches.at(-1)!.revision, 3);
    }));

  test("a cancelled watch gives nothing more", (t) =>
    withKv(options, async (kv) => {
      const recorder = new Recorder(kv, ALL);
      const other = new Recorder(kv, ALL);
      await write(kv, "a=1");
      await other.until(() => other.changes.length >= 1);
      const before = recorder.batches.length;
      recorder.watch.cancel();
      await write(kv, "a=2");
      await other.until(() => other.changes.length >= 2);
      t.is(recorder.batches.length, before);
    }));
}
