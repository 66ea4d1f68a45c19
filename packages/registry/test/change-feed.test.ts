import type { Kv } from "@quorate/mvcc";
import test, { type ExecutionContext } from "ava";
import { openObjectStores, type ResourceStore } from "../src/index.ts";
import { FaultyKv, settle } from "./support/faulty-kv.ts";
import { configMap, context, openStores, schema } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";
import { WatchReader } from "./support/watch-reader.ts";

/** A server whose store can fail, and another one on the same store that writes. */
async function openPair(t: ExecutionContext) {
  let faulty!: Kv & FaultyKv;
  const server = await openStores(t, {
    through: (kv) => {
      faulty = FaultyKv.over(kv);
      return faulty;
    },
  });
  const { kv, clock } = server;
  const other = openObjectStores({ kv, schema, clock, random: { next: Math.random, int: () => 0 } });
  await other.ready();
  t.teardown(() => other.close());
  return { ...server, faulty, writer: other.store("", "configmaps") };
}

const names = async (store: ResourceStore, resourceVersion?: string): Promise<string[]> =>
  (await store.list({ namespace: "", ...(resourceVersion ? { resourceVersion } : {}) })).items.map(
    (item) => item.name,
  );

test("a read that must be fresh waits for the feed after a lost connection, others do not", async (t) => {
  const { configMaps, faulty, writer, clock } = await openPair(t);
  faulty.cutWatches();
  await writer.create(configMap("a"), context("ns"));
  t.deepEqual(await names(configMaps, "0"), []);
  const fresh = names(configMaps);
  await settle();
  clock.advance(100);
  t.deepEqual(await fresh, ["a"]);
});

test("watchers see each change once over a lost connection", async (t) => {
  const { configMaps, faulty, writer, clock } = await openPair(t);
  const reader = new WatchReader(await configMaps.watch({ namespace: "", allowBookmarks: false }));
  await writer.create(configMap("a"), context("ns"));
  faulty.cutWatches();
  await writer.create(configMap("b"), context("ns"));
  await settle();
  clock.advance(100);
  await writer.create(configMap("c"), context("ns"));
  t.deepEqual(await reader.until(3), ["ADDED a@2", "ADDED b@3", "ADDED c@4"]);
});

test("a feed that was too slow goes on at once where it was", async (t) => {
  const { configMaps, faulty, writer } = await openPair(t);
  faulty.cutWatches("SLOW_WATCHER");
  await writer.create(configMap("a"), context("ns"));
  t.deepEqual(await names(configMaps), ["a"]);
});

test("where the feed's place is compacted the cache is loaded anew, its watches end in a 410", async (t) => {
  const { configMaps, faulty, writer, clock, kv } = await openPair(t);
  await writer.create(configMap("a"), context("ns"));
  const kept = await configMaps.get("ns", "a");
  const reader = new WatchReader(await configMaps.watch({ namespace: "", allowBookmarks: false }));
  await reader.until(1);
  faulty.cutWatches();
  await writer.create(configMap("b"), context("ns"));
  const { object } = await writer.delete("ns", "b", {}, context("ns"));
  await writer.create(configMap("c"), context("ns"));
  await kv.compact({ revision: object.revision });
  t.deepEqual(await names(configMaps, "0"), ["a"], "what is there serves until the new state is complete");
  clock.advance(100);
  t.deepEqual(await names(configMaps), ["a", "c"]);
  t.is(await configMaps.get("ns", "a"), kept, "unchanged objects are not kept twice");
  t.deepEqual(await reader.until(2), ["ADDED a@2", "ERROR 410"]);
});

test("resourceVersion=0 never answers older than it has answered before", async (t) => {
  const { configMaps, faulty, writer, clock, kv } = await openPair(t);
  let last = 0;
  for (let round = 0; round < 10; round++) {
    const { object } = await writer.update(
      "ns",
      "a",
      (current) => ({ ...(current ?? configMap("a")), data: { round: String(round) } }),
      context("ns"),
      { createIfAbsent: true },
    );
    if (round % 3 === 1) faulty.cutWatches();
    if (round % 3 === 2) await kv.compact({ revision: object.revision });
    clock.advance(50);
    for (let turn = 0; turn < 4; turn++) {
      const { revision } = await configMaps.list({ namespace: "", resourceVersion: "0" });
      t.true(revision >= last);
      last = revision;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

test("without a quorum fresh reads and writes fail with a 503, reads of the cache go on", async (t) => {
  const { configMaps, faulty, writer } = await openPair(t);
  await writer.create(configMap("a"), context("ns"));
  faulty.barrierFailure = "NO_LEADER";
  const status = await refusal(t, configMaps.get("ns", "a"));
  t.like(status, { code: 503, reason: "ServiceUnavailable" });
  t.is(status.details?.retryAfterSeconds, 1);
  t.deepEqual(await names(configMaps, "0"), ["a"]);
  faulty.nextTxnFailure = { code: "NO_LEADER", isDone: false };
  t.is((await refusal(t, configMaps.create(configMap("b"), context("ns")))).code, 503);
});

test("a fresh read does not wait forever for a feed that does not come back", async (t) => {
  const { configMaps, faulty, writer, clock } = await openPair(t);
  faulty.cutWatches("STOPPED");
  await writer.create(configMap("a"), context("ns"));
  const read = refusal(t, configMaps.get("ns", "a"));
  await settle();
  clock.advance(10_000);
  t.is((await read).code, 503);
});

test("the caches load when the store comes late", async (t) => {
  const { kv, clock } = await openStores(t);
  const faulty = FaultyKv.over(kv);
  faulty.barrierFailure = "NO_LEADER";
  const stores = openObjectStores({ kv: faulty, schema, clock, random: { next: Math.random, int: () => 0 } });
  t.teardown(() => stores.close());
  let isReady = false;
  const ready = stores.ready().then(() => {
    isReady = true;
  });
  const read = refusal(t, stores.store("", "configmaps").get("ns", "a", { resourceVersion: "0" }));
  await settle();
  clock.advance(100);
  await settle();
  t.false(isReady);
  faulty.barrierFailure = undefined;
  clock.advance(100);
  await ready;
  t.is((await read).code, 404, "a read that came before waited");
});

test("fresh reads that come while a barrier is under way share the next, and see what was before", async (t) => {
  const { configMaps, faulty, writer } = await openPair(t);
  const hold = Promise.withResolvers<void>();
  faulty.barrierHold = hold.promise;
  const before = faulty.barriers;
  const first = names(configMaps);
  await settle();
  await writer.create(configMap("a"), context("ns"));
  const later = Array.from({ length: 20 }, () => names(configMaps));
  await settle();
  t.is(faulty.barriers - before, 1);
  hold.resolve();
  await first;
  for (const seen of await Promise.all(later)) t.deepEqual(seen, ["a"]);
  t.is(faulty.barriers - before, 2);
});

test("fresh reads do not wait long for a barrier that is held up", async (t) => {
  const { configMaps, faulty, clock } = await openPair(t);
  faulty.barrierHold = new Promise(() => {});
  names(configMaps).catch(() => undefined);
  await settle();
  faulty.barrierHold = undefined;
  const later = names(configMaps);
  await settle();
  clock.advance(2);
  t.deepEqual(await later, []);
});
