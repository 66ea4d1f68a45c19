import { ManualClock } from "@quorate/base";
import test from "ava";
import { type Command, LocalKv, MemoryOrderedStore, Store, type WatchBatch } from "../src/index.ts";

const b = (text: string) => Buffer.from(text);
const OPTIONS = { clusterId: 7n, memberId: 3n };

async function openStore() {
  const disk = new MemoryOrderedStore();
  const store = await Store.open(disk, OPTIONS);
  let index = 0;
  const apply = (command: Command) => {
    const result = store.apply(command, { index: ++index, term: 1 });
    if (!result.ok) throw result.error;
    return result.response;
  };
  const put = (key: string, value: string) => apply({ op: "put", request: { key: b(key), value: b(value) } });
  return { disk, store, apply, put };
}

const all = { key: b("\0"), rangeEnd: b("\0") };
const texts = (kvs: readonly { key: Uint8Array; value: Uint8Array }[]) =>
  kvs.map((kv) => `${Buffer.from(kv.key)}=${Buffer.from(kv.value)}`);

test("revisions count writes, versions and create revisions belong to a key's life", async (t) => {
  const { store, apply, put } = await openStore();
  put("a", "1");
  put("a", "2");
  apply({ op: "delete-range", request: { key: b("a") } });
  put("a", "3");
  const [kv] = store.range({ key: b("a") }).kvs;
  t.like(kv, { createRevision: 5, modRevision: 5, version: 1 });
  t.like(store.range({ key: b("a"), revision: 3 }).kvs[0], { createRevision: 2, modRevision: 3, version: 2 });
  t.is(store.range({ key: b("a"), revision: 4 }).count, 0);
  t.is(store.revision, 5);
});

test("a txn is one revision, its reads see its writes, a nested branch follows the state before it", async (t) => {
  const { store, apply, put } = await openStore();
  put("a", "1");
  const response = apply({
    op: "txn",
    request: {
      compare: [{ target: "mod", modRevision: 2, key: b("a"), result: "equal" }],
      success: [
        { op: "put", request: { key: b("b"), value: b("x") } },
        { op: "range", request: all },
        {
          op: "txn",
          request: {
            compare: [{ target: "version", version: 0, key: b("b"), result: "equal" }],
            success: [{ op: "put", request: { key: b("c"), value: b("y") } }],
            failure: [],
          },
        },
        { op: "delete-range", request: { key: b("a"), prevKv: true } },
      ],
      failure: [],
    },
  });
  t.is(response.op, "txn");
  if (response.op !== "txn") return;
  t.true(response.response.succeeded);
  const [, range, nested, deleted] = response.response.responses;
  t.true(range?.op === "range" && range.response.count === 2);
  t.true(nested?.op === "txn" && nested.response.succeeded);
  t.true(deleted?.op === "delete-range" && deleted.response.deleted === 1);
  t.is(store.revision, 3);
  t.deepEqual(texts(store.range(all).kvs), ["b=x", "c=y"]);
});

test("a txn that is refused in its last operation leaves nothing behind", async (t) => {
  const { store, apply } = await openStore();
  const error = t.throws(() =>
    apply({
      op: "txn",
      request: {
        compare: [],
        success: [
          { op: "put", request: { key: b("a"), value: b("1") } },
          { op: "put", request: { key: b("b"), value: b("1"), lease: 99n } },
        ],
        failure: [],
      },
    }),
  );
  t.like(error, { code: "LEASE_NOT_FOUND" });
  t.is(store.range(all).count, 0);
  t.is(store.revision, 1);
});

test("compaction drops what can't be read any more and keeps every live key at every later revision", async (t) => {
  const { disk, store, apply, put } = await openStore();
  for (let i = 0; i < 10; i++) put(`k${i % 3}`, String(i));
  apply({ op: "delete-range", request: { key: b("k1") } });
  const before = texts(store.range({ ...all, revision: 12 }).kvs);
  apply({ op: "compact", revision: 12 });
  while (store.pumpCompaction(1)) await disk.write(store.takeBatch().writes);
  await disk.write(store.takeBatch().writes);
  t.deepEqual(texts(store.range({ ...all, revision: 12 }).kvs), before);
  t.throws(() => store.range({ ...all, revision: 11 }), { message: /compacted/ });
  const reopened = await Store.open(disk, OPTIONS);
  t.deepEqual(texts(reopened.range(all).kvs), before);
  t.is(reopened.compactRevision, 12);
  t.false(reopened.isCompacting);
  t.is(reopened.valueBytes, store.valueBytes);
});

test("a restart applies nothing twice: entries at or below the applied index change nothing", async (t) => {
  const { disk, store, put } = await openStore();
  put("a", "1");
  await disk.write(store.takeBatch().writes);
  const reopened = await Store.open(disk, OPTIONS);
  t.is(reopened.appliedIndex, 1);
  const again = reopened.apply({ op: "put", request: { key: b("a"), value: b("1") } }, { index: 1, term: 1 });
  t.false(again.ok);
  t.is(reopened.revision, 2);
});

test("a watch from the past is given every change once, in order, and then the new ones", async (t) => {
  const { store, put } = await openStore();
  for (let i = 0; i < 1_200; i++) put(`k${i % 7}`, String(i));
  const batches: WatchBatch[] = [];
  store.watch(
    { ...all, startRevision: 100, prevKv: true },
    { batch: (batch) => batches.push(batch), closed: () => {} },
  );
  put("k0", "while behind");
  while (store.watches.pump()) {}
  put("k0", "synced");
  t.deepEqual(
    batches.map((batch) => batch.revision),
    Array.from({ length: 1_104 }, (_, i) => i + 100),
  );
  const last = batches.at(-1)!.changes[0]!;
  t.is(String(last.prevKv?.value), "while behind");
});

test("a watch below the compaction is closed with the revision to start from", async (t) => {
  const { store, apply, put } = await openStore();
  for (let i = 0; i < 10; i++) put("a", String(i));
  apply({ op: "compact", revision: 8 });
  const closed: unknown[] = [];
  store.watch({ ...all, startRevision: 3 }, { batch: () => t.fail(), closed: (error) => closed.push(error) });
  store.watches.pump();
  t.like(closed[0], { code: "COMPACTED", details: { compactRevision: 8 } });
});

test("a lease takes its keys with it when it ends, in one revision", async (t) => {
  const clock = new ManualClock();
  const kv = await LocalKv.open({ clock });
  const lease = await kv.leaseGrant({ id: 0n, ttlSeconds: 10 });
  await kv.put({ key: b("b"), value: b("1"), lease: lease.id });
  await kv.put({ key: b("a"), value: b("1"), lease: lease.id });
  const seen: WatchBatch[] = [];
  const done = new Promise<void>((resolve) => {
    kv.watch(all, {
      batch: (batch) => {
        seen.push(batch);
        resolve();
      },
      closed: () => {},
    });
  });
  clock.advance(9_000);
  t.is(await kv.leaseKeepAlive(lease.id), 10);
  clock.advance(9_999);
  t.is((await kv.range({ key: b("a") })).count, 1);
  clock.advance(1);
  await done;
  t.deepEqual(
    seen.map((batch) => batch.changes.map((change) => `${change.type} ${Buffer.from(change.kv.key)}`)),
    [["delete a", "delete b"]],
  );
  t.is((await kv.leaseTimeToLive(lease.id, false)).ttlSeconds, -1);
});

test("out of space, deletes and writes that do not grow a value are admitted, others refused", async (t) => {
  const store = await Store.open(new MemoryOrderedStore(), { ...OPTIONS, quotaBytes: 100 });
  let index = 0;
  const put = (key: string, value: string) =>
    store.apply({ op: "put", request: { key: b(key), value: b(value) } }, { index: ++index, term: 1 });
  t.true(put("a", "x".repeat(100)).ok);
  t.true(store.isOverQuota);
  const alarm = { op: "alarm", alarm: "no-space", member: 3n, raised: true } as const;
  t.true(store.apply(alarm, { index: ++index, term: 1 }).ok);
  t.like(put("b", "y"), { ok: false, error: { code: "NO_SPACE" } });
  t.true(put("a", "z".repeat(100)).ok);
  t.true(store.apply({ op: "delete-range", request: { key: b("a") } }, { index: ++index, term: 1 }).ok);
});
