import { parseFieldSelector, parseLabelSelector } from "@quorate/object";
import test from "ava";
import type { ObjectWatch, ResourceStore, WatchEvent, WatchOptions } from "../src/index.ts";
import { INITIAL_EVENTS_END } from "../src/index.ts";
import { configMap, context, openStores } from "./support/open-stores.ts";
import { WatchReader } from "./support/watch-reader.ts";

const put = (store: ResourceStore, name: string, labels: Record<string, string> = {}, namespace = "ns") =>
  store.update(
    namespace,
    name,
    (current) => ({ ...(current ?? configMap(name)), metadata: { name, labels } }),
    context(namespace),
    {
      createIfAbsent: true,
    },
  );
const remove = (store: ResourceStore, name: string, namespace = "ns") =>
  store.delete(namespace, name, {}, context(namespace));

async function follow(store: ResourceStore, options: Partial<WatchOptions> = {}): Promise<WatchReader> {
  return new WatchReader(await store.watch({ namespace: "", allowBookmarks: false, ...options }));
}

test("a watch without a version begins with what is there, then follows", async (t) => {
  const { configMaps } = await openStores(t);
  await put(configMaps, "a");
  const reader = await follow(configMaps);
  await put(configMaps, "b");
  await put(configMaps, "a", { x: "1" });
  await remove(configMaps, "b");
  t.deepEqual(await reader.until(4), ["ADDED a@2", "ADDED b@3", "MODIFIED a@4", "DELETED b@5"]);
});

test("a watch from a version has exactly what came after it", async (t) => {
  const { configMaps } = await openStores(t);
  for (const name of ["a", "b", "c"]) await put(configMaps, name);
  const reader = await follow(configMaps, { resourceVersion: "3" });
  t.deepEqual(reader.take(), ["ADDED c@4"]);
});

test("a watch from a version that is yet to come is silent until then", async (t) => {
  const { configMaps } = await openStores(t);
  const reader = await follow(configMaps, { resourceVersion: "3" });
  for (const name of ["a", "b", "c"]) await put(configMaps, name);
  t.deepEqual(await reader.until(1), ["ADDED c@4"]);
});

test("a deleted object is shown as it was, with the revision of the deletion", async (t) => {
  const { configMaps } = await openStores(t);
  await put(configMaps, "a", { x: "1" });
  const reader = await follow(configMaps, { resourceVersion: "2" });
  await remove(configMaps, "a");
  await reader.until(1);
  t.like(reader.events[0]!.object.decode().metadata, { resourceVersion: "3", labels: { x: "1" } });
});

test("an object that comes under a selector is added, one that leaves it is deleted", async (t) => {
  const { configMaps } = await openStores(t);
  await put(configMaps, "a", { x: "0" });
  const reader = await follow(configMaps, { labelSelector: parseLabelSelector("x=1") });
  await put(configMaps, "a", { x: "1" });
  await put(configMaps, "a", { x: "1", y: "1" });
  await put(configMaps, "a", { x: "2" });
  await put(configMaps, "a", { x: "3" });
  await put(configMaps, "b", { x: "1" });
  t.deepEqual(await reader.until(4), ["ADDED a@3", "MODIFIED a@4", "DELETED a@5", "ADDED b@7"]);
  const left = reader.events[2]!.object.decode().metadata;
  t.deepEqual(left.labels, { x: "1", y: "1" }, "shown as it was while it was selected");
});

test("namespaces and names narrow a watch", async (t) => {
  const { configMaps } = await openStores(t);
  const inNs = await follow(configMaps, { namespace: "ns" });
  const one = await follow(configMaps, {
    namespace: "ns",
    fieldSelector: parseFieldSelector("metadata.name=b"),
  });
  const byField = await follow(configMaps, { fieldSelector: parseFieldSelector("metadata.namespace=ns") });
  await put(configMaps, "a");
  await put(configMaps, "a", {}, "ns-2");
  await put(configMaps, "b");
  t.deepEqual(await inNs.until(2), ["ADDED a@2", "ADDED b@4"]);
  t.deepEqual(await byField.until(2), ["ADDED a@2", "ADDED b@4"]);
  t.deepEqual(await one.until(1), ["ADDED b@4"]);
});

test("initial events end in a bookmark that says so, for those who take bookmarks", async (t) => {
  const { configMaps } = await openStores(t);
  await put(configMaps, "a");
  const options = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" as const };
  const with_ = await follow(configMaps, { ...options, allowBookmarks: true });
  t.deepEqual(with_.take(), ["ADDED a@2", "BOOKMARK @2"]);
  const { metadata } = with_.events[1]!.object.decode();
  t.deepEqual(metadata, { resourceVersion: "2", annotations: { [INITIAL_EVENTS_END]: "true" } });
  const without = await follow(configMaps, options);
  t.deepEqual(without.take(), ["ADDED a@2"]);
});

test("without initial events a watch has only what comes", async (t) => {
  const { configMaps } = await openStores(t);
  await put(configMaps, "a");
  const reader = await follow(configMaps, { sendInitialEvents: false, resourceVersionMatch: "NotOlderThan" });
  await put(configMaps, "b");
  t.deepEqual(await reader.until(1), ["ADDED b@3"]);
});

test("a bookmark comes behind everything before it and has the newest revision", async (t) => {
  const { configMaps, stores } = await openStores(t);
  const watch = await configMaps.watch({ namespace: "", allowBookmarks: true, resourceVersion: "1" });
  const reader = new WatchReader(watch);
  await put(configMaps, "a");
  await stores
    .store("", "secrets")
    .create({ ...configMap("s"), kind: "Secret", type: "Opaque" }, context("ns"));
  watch.requestBookmark();
  t.deepEqual(reader.take(), ["ADDED a@2", "BOOKMARK @3"]);
  t.is(watch.revision, 3);
  const waiting = reader.until(3);
  watch.requestBookmark();
  t.is((await waiting)[2], "BOOKMARK @3");
});

test("a bookmark that is asked for between an event and its reader does not hide the event", async (t) => {
  const { configMaps } = await openStores(t);
  const watch = await configMaps.watch({ namespace: "ns", allowBookmarks: true, resourceVersion: "1" });
  const events: WatchEvent[] = [];
  const seen = new Promise<void>((resolve) => {
    const read = (): void => {
      watch.next(events, 10);
      if (events.some((event) => event.type === "ADDED")) resolve();
      else watch.onReady(read);
    };
    watch.onReady(read);
  });
  const written = put(configMaps, "a");
  // As soon as the change is in, before the readers are woken.
  await written;
  watch.requestBookmark();
  await seen;
  t.deepEqual(
    events.map((event) => event.type),
    ["ADDED", "BOOKMARK"],
  );
});

test("watchers of one change share one encoded frame", async (t) => {
  const { configMaps } = await openStores(t);
  const readers = await Promise.all([
    follow(configMaps),
    follow(configMaps),
    follow(configMaps, { namespace: "ns" }),
  ]);
  await put(configMaps, "a");
  let encoded = 0;
  const frames = [];
  for (const reader of readers) {
    await reader.until(1);
    frames.push(
      reader.events[0]!.frame("json", (_type, object) => {
        encoded++;
        return object.json;
      }),
    );
  }
  t.is(encoded, 1);
  t.is(new Set(frames).size, 1);
});

async function overflow(t: Parameters<typeof openStores>[0]) {
  const server = await openStores(t);
  const { configMaps, clock } = server;
  await put(configMaps, "a", { x: "1" });
  await put(configMaps, "b");
  await remove(configMaps, "b");
  clock.advance(100_000);
  for (let i = 0; i < 150; i++) await put(configMaps, "c", { i: String(i) });
  clock.advance(100_000);
  await put(configMaps, "c", { i: "last" });
  return server;
}

test("what the ring has dropped is read from the store's history, with selectors as ever", async (t) => {
  const { configMaps } = await overflow(t);
  const reader = await follow(configMaps, { resourceVersion: "1" });
  const texts = await reader.until(154);
  t.deepEqual(texts.slice(0, 5), ["ADDED a@2", "ADDED b@3", "DELETED b@4", "ADDED c@5", "MODIFIED c@6"]);
  t.is(texts.at(-1), "MODIFIED c@155");
  const selected = await follow(configMaps, {
    resourceVersion: "1",
    labelSelector: parseLabelSelector("i in (0,1)"),
  });
  t.deepEqual(await selected.until(3), ["ADDED c@5", "MODIFIED c@6", "DELETED c@7"]);
});

test("a slow watcher that the ring has overtaken goes on from history, others never notice", async (t) => {
  const { configMaps, clock } = await openStores(t);
  const slow = await follow(configMaps, { resourceVersion: "1" });
  const fast = await follow(configMaps, { resourceVersion: "1" });
  for (let i = 0; i < 300; i++) {
    if (i === 50) slow.take(1);
    if (i % 100 === 0) clock.advance(100_000);
    await put(configMaps, "a", { i: String(i) });
    fast.take();
  }
  t.deepEqual(await slow.until(300), fast.texts);
  t.is(fast.events.length, 300);
});

test("a watch from a compacted version ends in a 410 within the stream", async (t) => {
  const { configMaps, kv } = await overflow(t);
  await kv.compact({ revision: 50 });
  const watch: ObjectWatch = await configMaps.watch({
    namespace: "",
    allowBookmarks: false,
    resourceVersion: "10",
  });
  const reader = new WatchReader(watch);
  t.deepEqual(await reader.until(1), ["ERROR 410"]);
  t.like(reader.events[0]!.object.decode(), {
    kind: "Status",
    reason: "Expired",
    message: "too old resource version: 10 (50)",
  });
  t.is(watch.next([], 10), 0, "nothing comes behind an error");
  const allowed = await follow(configMaps, { resourceVersion: "50" });
  t.is((await allowed.until(105))[0], "MODIFIED c@51");
});

test("a version that is never reached ends the watch in a 504 within the stream", async (t) => {
  const { configMaps, clock } = await openStores(t);
  const opening = configMaps.watch({
    namespace: "",
    allowBookmarks: true,
    sendInitialEvents: true,
    resourceVersion: "99",
    resourceVersionMatch: "NotOlderThan",
  });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  clock.advance(3_000);
  const reader = new WatchReader(await opening);
  t.deepEqual(await reader.until(1), ["ERROR 504"]);
});

test("a closed watch is never called again and gives nothing", async (t) => {
  const { configMaps } = await openStores(t);
  const watch = await configMaps.watch({ namespace: "", allowBookmarks: true, resourceVersion: "1" });
  watch.onReady(() => t.fail("called after close"));
  const written = put(configMaps, "a");
  watch.close();
  await written;
  watch.requestBookmark();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  t.is(watch.next([], 10), 0);
});

test("stores that close end their watches with a 503", async (t) => {
  const { configMaps, stores } = await openStores(t);
  const reader = await follow(configMaps, { resourceVersion: "1" });
  const texts = reader.until(1);
  await stores.close();
  t.deepEqual(await texts, ["ERROR 503"]);
});

test("the stores tell how many objects and watches there are", async (t) => {
  const { configMaps, stores } = await openStores(t);
  await put(configMaps, "a");
  const watch = await configMaps.watch({ namespace: "", allowBookmarks: false });
  const of = () => stores.statistics().find(({ resource }) => resource === "configmaps");
  t.deepEqual(of(), { group: "", resource: "configmaps", objects: 1, recentChanges: 1, watches: 1 });
  t.is(stores.revision, 2);
  watch.close();
  t.is(of()?.watches, 0);
});
