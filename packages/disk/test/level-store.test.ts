import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreWrite } from "@quorate/mvcc";
import test from "ava";
import { Level } from "level";
import { LevelStore } from "../src/level-store.ts";
import { sealValue } from "../src/sealed-value.ts";

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: string): StoreWrite => ({
  type: "put",
  key: bytes(key),
  value: bytes(value),
});
const del = (key: string): StoreWrite => ({ type: "del", key: bytes(key) });

async function openStore(t: { teardown(run: () => unknown): void }): Promise<LevelStore> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-level-"));
  const store = await LevelStore.open(join(folder, "db"));
  t.teardown(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return store;
}

async function all(pages: AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]>): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages) for (const [key, value] of page) found.push(`${key}=${value}`);
  return found;
}

test("a write is seen by getSync before its promise resolves, the newest first", async (t) => {
  const store = await openStore(t);
  const first = store.write([put("a", "1"), put("b", "1")]);
  const second = store.write([put("a", "2"), del("b")]);
  t.deepEqual(store.getSync(bytes("a")), bytes("2"));
  t.is(store.getSync(bytes("b")), undefined);
  await first;
  t.deepEqual(store.getSync(bytes("a")), bytes("2"));
  t.is(store.getSync(bytes("b")), undefined);
  await second;
  t.deepEqual(store.getSync(bytes("a")), bytes("2"));
  t.is(store.getSync(bytes("b")), undefined);
});

test("pages are as of the call: with the writes before it, without those after", async (t) => {
  const store = await openStore(t);
  void store.write([put("a", "1"), put("b", "1"), put("c", "1")]);
  const before = store.pages({ start: bytes("a"), end: bytes("c") }, 1);
  void store.write([put("a", "2"), del("b"), put("bb", "2")], { sync: true });
  const after = store.pages({});
  t.deepEqual(await all(before), ["a=1", "b=1"]);
  t.deepEqual(await all(after), ["a=2", "bb=2", "c=1"]);
});

test("a closed store refuses writes and pages, and finishes those under way", async (t) => {
  const store = await openStore(t);
  const pending = store.write([put("a", "1")]);
  await store.close();
  await pending;
  await t.throwsAsync(store.write([put("b", "1")]), { code: "LOG_CLOSED" });
  await t.throwsAsync(all(store.pages({})), { code: "LOG_CLOSED" });
});

test("a value that was changed on the disk is refused with STATE_DAMAGED, not served", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "quorate-level-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const raw = new Level<Buffer, Buffer>(join(folder, "db"), {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
  });
  const sealed = sealValue(bytes("a"), bytes("value"));
  sealed[1]! ^= 16;
  await raw.batch([
    { type: "put", key: bytes("a"), value: sealed },
    { type: "put", key: bytes("b"), value: sealValue(bytes("b"), bytes("whole")) },
    { type: "put", key: bytes("c"), value: sealValue(bytes("b"), bytes("of another key")) },
  ]);
  await raw.close();
  const store = await LevelStore.open(join(folder, "db"));
  t.throws(() => store.getSync(bytes("a")), { code: "STATE_DAMAGED", message: /value of 61 does not match/ });
  t.throws(() => store.getSync(bytes("c")), { code: "STATE_DAMAGED" });
  t.deepEqual(store.getSync(bytes("b")), bytes("whole"));
  await t.throwsAsync(all(store.pages({})), { code: "STATE_DAMAGED" });
  await store.close();
});

test("a synced write without content makes all before it durable", async (t) => {
  const synced: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "quorate-level-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const store = await LevelStore.open(join(folder, "db"), { onSync: (path) => synced.push(path) });
  await store.write([put("a", "1")]);
  t.deepEqual(synced, []);
  await store.write([], { sync: true });
  t.true(synced.some((path) => path.endsWith(".log")));
  t.true(synced.some((path) => path === join(folder, "db")));
  t.deepEqual(await all(store.pages({})), ["a=1"]);
  await store.close();
});

test("a page holds a few large values at most", async (t) => {
  const store = await openStore(t);
  const large = Buffer.alloc(400_000, 1);
  await store.write(
    Array.from({ length: 20 }, (_, i) => ({ type: "put" as const, key: bytes(`k${i}`), value: large })),
  );
  let found = 0;
  for await (const page of store.pages({})) {
    t.true(page.length <= 4);
    found += page.length;
  }
  t.is(found, 20);
});

test("reclaiming gives the space of what was deleted back, and keeps the rest", async (t) => {
  const store = await openStore(t);
  const value = randomBytes(100_000);
  const keys = Array.from({ length: 300 }, (_, i) => bytes(`k${i}`));
  await store.write(keys.map((key) => ({ type: "put" as const, key, value })));
  await store.write([put("z", "kept"), ...keys.map((key) => ({ type: "del" as const, key }))]);
  t.true((await store.sizeBytes()) > 20_000_000);
  await store.reclaim();
  t.true((await store.sizeBytes()) < 5_000_000);
  t.deepEqual(await all(store.pages({})), ["z=kept"]);
});
