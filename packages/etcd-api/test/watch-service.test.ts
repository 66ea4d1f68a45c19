import test, { type ExecutionContext } from "ava";
import type * as pb from "../src/generated/etcd-types.ts";
import { b, openSurface, type Surface, shown } from "./surface.ts";

const ALL = { key: Buffer.from([0]), range_end: Buffer.from([0]) };

function events(response: pb.WatchResponse): string[] {
  return response.events.map(({ type, kv, prev_kv }) => {
    const before = prev_kv ? ` was ${shown(prev_kv)}` : "";
    return `${type === 0 ? "put" : "delete"} ${shown(kv)}${before}`;
  });
}

async function watching(t: ExecutionContext<unknown>, surface: Surface, create: object = {}) {
  const watch = surface.client.open("Watch/Watch");
  t.teardown(() => watch.cancel());
  watch.send({ create_request: { ...ALL, ...create } });
  const created = await watch.next();
  t.true(created.created);
  return { watch, created };
}

async function put(surface: Surface, key: string, value: string): Promise<void> {
  await surface.client.call("KV/Put", { key: b(key), value: b(value) });
}

test("a watch says that it is there before it tells of anything, then tells of all in order", async (t) => {
  const surface = await openSurface(t);
  const { watch, created } = await watching(t, surface);
  t.deepEqual([created.watch_id, created.canceled, created.header?.revision], [0, false, 1]);
  await put(surface, "a", "1");
  await put(surface, "a", "2");
  await surface.client.call("KV/DeleteRange", { key: b("a") });
  const told: string[] = [];
  let revision = 0;
  while (told.length < 3) {
    const next = await watch.next();
    told.push(...events(next));
    revision = next.header!.revision;
  }
  t.deepEqual(told, ["put a=1", "put a=2", "delete a="]);
  t.is(revision, 4);
});

test("a watch from the past is told what was since, with what was before where it asks", async (t) => {
  const surface = await openSurface(t);
  await put(surface, "a", "1");
  await put(surface, "a", "2");
  await put(surface, "b", "3");
  const { watch } = await watching(t, surface, { start_revision: 3, prev_kv: true });
  const told: string[] = [];
  while (told.length < 2) told.push(...events(await watch.next()));
  t.deepEqual(told, ["put a=2 was a=1", "put b=3"]);
});

test("filters keep puts or deletes away", async (t) => {
  const surface = await openSurface(t);
  const { watch } = await watching(t, surface, { filters: [0] });
  await put(surface, "a", "1");
  await surface.client.call("KV/DeleteRange", { key: b("a") });
  t.deepEqual(events(await watch.next()), ["delete a="]);
  const other = await watching(t, surface, { filters: [1], start_revision: 2 });
  t.deepEqual(events(await other.watch.next()), ["put a=1"]);
});

test("the events of one revision come in one message", async (t) => {
  const surface = await openSurface(t);
  const { watch } = await watching(t, surface);
  const success = ["a", "b", "c"].map((key) => ({ request_put: { key: b(key), value: b("1") } }));
  await surface.client.call("KV/Txn", { success });
  t.deepEqual(events(await watch.next()), ["put a=1", "put b=1", "put c=1"]);
});

test("a revision too large for a message comes in fragments where the client allows it", async (t) => {
  const surface = await openSurface(t, { maxRequestBytes: 4 * 2 ** 20 });
  const { watch } = await watching(t, surface, { fragment: true });
  const value = Buffer.alloc(1_200_000, 120);
  const success = ["a", "b"].map((key) => ({
    request_put: { key: b(key), value: value.subarray(0, 700_000) },
  }));
  await surface.client.call("KV/Txn", { success });
  t.is((await watch.next()).events.length, 2, "1.4 MB are no reason yet");
  const small = await openSurface(t);
  const fragmented = await watching(t, small, { fragment: true, prev_kv: true });
  for (let round = 0; round < 3; round++) {
    await small.client.call("KV/Txn", { success });
    const parts: pb.WatchResponse[] = [];
    do parts.push(await fragmented.watch.next());
    while (parts.at(-1)!.fragment);
    t.is(parts.length, round === 0 ? 1 : 2, "with what was before it is 2.8 MB");
    t.deepEqual(
      parts.flatMap(({ events: own }) => own.map(({ kv }) => Buffer.from(kv!.key).toString())),
      ["a", "b"],
    );
  }
});

test("many watches share a stream, each with its id, and end one by one", async (t) => {
  const surface = await openSurface(t);
  const { watch } = await watching(t, surface, { key: b("a"), range_end: b(""), watch_id: 5 });
  watch.send({ create_request: { key: b("b") } });
  t.is((await watch.next()).watch_id, 0);
  watch.send({ create_request: { key: b("c"), watch_id: 5 } });
  const refused = await watch.next();
  t.deepEqual([refused.watch_id, refused.created, refused.canceled], [-1, true, true]);
  t.is(refused.cancel_reason, "mvcc: duplicate watch ID provided on the WatchStream");
  await put(surface, "b", "1");
  t.is((await watch.next()).watch_id, 0);
  await put(surface, "a", "1");
  t.is((await watch.next()).watch_id, 5);
  watch.send({ cancel_request: { watch_id: 5 } });
  const ended = await watch.next();
  t.deepEqual([ended.watch_id, ended.canceled, ended.created], [5, true, false]);
  await put(surface, "a", "2");
  await put(surface, "b", "2");
  t.deepEqual(events(await watch.next()), ["put b=2"], "nothing more of the one that has ended");
});

test("a watch below the compaction is told where to start", async (t) => {
  const surface = await openSurface(t);
  for (const value of ["1", "2", "3"]) await put(surface, "a", value);
  await surface.client.call("KV/Compact", { revision: 3 });
  const { watch } = await watching(t, surface, { start_revision: 2 });
  const ended = await watch.next();
  t.deepEqual([ended.canceled, ended.compact_revision, ended.cancel_reason], [true, 3, ""]);
  watch.send({ create_request: { ...ALL, start_revision: -1 } });
  const refused = await watch.next();
  t.deepEqual(
    [refused.watch_id, refused.canceled, refused.cancel_reason],
    [-1, true, "etcdserver: mvcc: required revision has been compacted"],
  );
});

test("progress that is asked for is told for the whole stream, behind all events", async (t) => {
  const surface = await openSurface(t);
  const { watch } = await watching(t, surface);
  await put(surface, "a", "1");
  watch.send({ progress_request: {} });
  const first = await watch.next();
  t.deepEqual(events(first), ["put a=1"]);
  const progress = await watch.next();
  t.deepEqual([progress.watch_id, progress.events.length, progress.header?.revision], [-1, 0, 2]);
});

test("a client that does not read is caught up from the history, and others are not held up", async (t) => {
  const surface = await openSurface(t);
  const slow = surface.client.open("Watch/Watch");
  t.teardown(() => slow.cancel());
  slow.send({ create_request: ALL });
  await slow.next();
  const { watch } = await watching(t, surface);
  const value = Buffer.alloc(400_000, 120);
  for (let at = 0; at < 40; at++) await surface.client.call("KV/Put", { key: b(`k${at}`), value });
  for (const one of [watch, slow]) {
    const keys: string[] = [];
    while (keys.length < 40) {
      for (const { kv } of (await one.next()).events) keys.push(Buffer.from(kv!.key).toString());
    }
    t.deepEqual(
      keys,
      Array.from({ length: 40 }, (_, at) => `k${at}`),
    );
  }
});
