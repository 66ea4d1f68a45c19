/** What every OrderedStore does: run by the memory twin here and by the real adapters where they live. */
import type { OrderedStore, StoreWrite } from "../ordered-store.ts";
import { b, type ContractTest, text } from "./contract-test.ts";

/** How a suite gets a store. */
export interface OrderedStoreContractOptions {
  readonly test: ContractTest;
  /** An empty store of its own; the suite closes it. */
  readonly factory: () => Promise<OrderedStore>;
  /** Opens again what was closed; absent where the store forgets. */
  readonly reopen?: (closed: OrderedStore) => Promise<OrderedStore>;
}

const put = (key: string, value: string): StoreWrite => ({ type: "put", key: b(key), value: b(value) });
const del = (key: string): StoreWrite => ({ type: "del", key: b(key) });

async function entries(
  store: OrderedStore,
  range: { start?: string; end?: string } = {},
  pageSize?: number,
): Promise<{ pages: number; pairs: string[] }> {
  const bounds = {
    ...(range.start === undefined ? {} : { start: b(range.start) }),
    ...(range.end === undefined ? {} : { end: b(range.end) }),
  };
  const pairs: string[] = [];
  let pages = 0;
  for await (const page of store.pages(bounds, pageSize)) {
    pages++;
    for (const [key, value] of page) pairs.push(`${text(key)}=${text(value)}`);
  }
  return { pages, pairs };
}

/** Declares the suite's tests. */
export function orderedStoreContract({ test, factory, reopen }: OrderedStoreContractOptions): void {
  test("a write is read back at once, also while its promise is pending", async (t) => {
    const store = await factory();
    const written = store.write([put("a", "1")]);
    t.is(text(store.getSync(b("a"))!), "1");
    await written;
    t.is(text(store.getSync(b("a"))!), "1");
    t.is(store.getSync(b("b")), undefined);
    await store.close();
  });

  test("transient pages hold what the others hold, and take nothing from what is read later", async (t) => {
    const store = await factory();
    const pairs = Array.from({ length: 50 }, (_, i) => `k${i + 100}=${"v".repeat(i * 40)}${i}`);
    await store.write(pairs.map((pair) => put(pair.split("=")[0]!, pair.split("=")[1]!)));
    for (let time = 0; time < 2; time++) {
      const found: string[] = [];
      for await (const page of store.pages({}, 7, { transient: true })) {
        for (const [key, value] of page) found.push(`${text(key)}=${text(value)}`);
      }
      t.deepEqual(found, pairs);
    }
    t.deepEqual((await entries(store)).pairs, pairs);
    t.is(text(store.getSync(b("k149"))!), pairs[49]!.slice(5));
    await store.close();
  });

  test("batches take effect in the order of the calls", async (t) => {
    const store = await factory();
    const writes = [store.write([put("a", "1")]), store.write([del("a")]), store.write([put("a", "3")])];
    t.is(text(store.getSync(b("a"))!), "3");
    await Promise.all(writes);
    t.is(text(store.getSync(b("a"))!), "3");
    const gone = store.write([del("a")]);
    t.is(store.getSync(b("a")), undefined);
    await gone;
    t.is(store.getSync(b("a")), undefined);
    await store.close();
  });

  test("the last write of a key in a batch wins, and deleting what is not there is harmless", async (t) => {
    const store = await factory();
    await store.write([put("a", "1"), del("a"), put("b", "1"), put("b", "2"), del("c")]);
    t.deepEqual((await entries(store)).pairs, ["b=2"]);
    await store.close();
  });

  test("pages come in the order of bytes, within the bounds, of the size asked for", async (t) => {
    const store = await factory();
    const names = ["b", "a", "ba", "c", "\u00ff", "B", "aa"];
    await store.write(names.map((name) => put(name, name.toUpperCase())));
    const sorted = names.map((name) => b(name)).sort(Buffer.compare);
    t.deepEqual(
      (await entries(store)).pairs.map((pair) => pair.split("=")[0]),
      sorted.map(text),
    );
    t.deepEqual((await entries(store, { start: "aa", end: "c" })).pairs, ["aa=AA", "b=B", "ba=BA"]);
    t.deepEqual((await entries(store, { start: "x" })).pairs.length, 1);
    t.is((await entries(store, {}, 3)).pages, 3);
    t.deepEqual((await entries(store, { start: "d", end: "e" })).pairs, []);
    await store.close();
  });

  test("pages show the state as of the call, pending writes included, later ones not", async (t) => {
    const store = await factory();
    void store.write([put("a", "1"), put("b", "1")]);
    const pages = store.pages({});
    void store.write([put("a", "2"), del("b"), put("c", "2")]);
    const seen: string[] = [];
    for await (const page of pages) for (const [key, value] of page) seen.push(text(key) + text(value));
    t.deepEqual(seen, ["a1", "b1"]);
    t.deepEqual((await entries(store)).pairs, ["a=2", "c=2"]);
    await store.close();
  });

  test("empty values and keys with any bytes are kept", async (t) => {
    const store = await factory();
    const key = Uint8Array.from({ length: 256 }, (_, i) => i);
    await store.write([{ type: "put", key, value: new Uint8Array(0) }]);
    t.is(store.getSync(key)?.length, 0);
    for await (const page of store.pages({})) t.deepEqual([...page[0]![0]], [...key]);
    await store.close();
  });

  test("bytes given to a write may be changed once it is done", async (t) => {
    const store = await factory();
    const value = b("1");
    await store.write([{ type: "put", key: b("a"), value }]);
    value[0] = 0x32;
    t.is(text(store.getSync(b("a"))!), "1");
    await store.close();
  });

  if (!reopen) return;
  test("a synced write and all before it are there after opening again", async (t) => {
    const store = await factory();
    void store.write([put("a", "1"), put("b", "1")]);
    await store.write([del("b"), put("c", "2")], { sync: true });
    await store.close();
    const again = await reopen(store);
    t.deepEqual((await entries(again)).pairs, ["a=1", "c=2"]);
    t.true((await again.sizeBytes()) >= 0);
    await again.close();
  });
}
