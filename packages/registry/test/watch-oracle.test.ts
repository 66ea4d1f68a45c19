import { ManualClock, seededRandom } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import { parseLabelSelector } from "@quorate/object";
import test from "ava";
import fc from "fast-check";
import { type ObjectWatch, openObjectStores, type ResourceStore, type WatchEvent } from "../src/index.ts";
import { FaultyKv, settle } from "./support/faulty-kv.ts";
import { configMap, context, schema } from "./support/open-stores.ts";

const SEED = Number(process.env["TEST_SEED"] ?? 20_261_125);
const SELECTOR = parseLabelSelector("on=1");

const name = fc.constantFrom("a", "b", "c", "d");
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("put" as const), name, on: fc.constantFrom("0", "1") }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("delete" as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("watch" as const),
      /** How far back it starts; undefined: with the initial state. */
      back: fc.option(fc.nat(400), { nil: undefined }),
      isSelective: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("read" as const), watcher: fc.nat(9), max: fc.nat(5) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("burst" as const), count: fc.integer({ min: 80, max: 140 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("bookmark" as const), watcher: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cut" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("time" as const), ms: fc.constantFrom(50, 100, 80_000) }),
  },
);

/** A watcher and the state that it has been told. */
class Watcher {
  readonly #watch: ObjectWatch;
  readonly #state: Map<string, string>;
  #revision: number;
  #bookmark = 0;

  /** `state` is what the watcher knows already: the list at the revision that it starts from. */
  constructor(watch: ObjectWatch, state: Map<string, string>, revision: number) {
    this.#watch = watch;
    this.#state = state;
    this.#revision = revision;
  }

  get state(): Map<string, string> {
    return this.#state;
  }

  read(max: number): number {
    const events: WatchEvent[] = [];
    const count = this.#watch.next(events, max);
    for (const event of events) this.#take(event);
    return count;
  }

  requestBookmark(): void {
    this.#watch.requestBookmark();
  }

  /** Reads until it is told that it has everything up to `revision`. */
  async catchUp(revision: number): Promise<void> {
    while (this.#bookmark < revision) {
      this.#watch.requestBookmark();
      while (this.read(7) > 0);
      if (this.#bookmark < revision) await new Promise<void>((resolve) => this.#watch.onReady(resolve));
    }
  }

  close(): void {
    this.#watch.close();
  }

  #take({ type, object, revision }: WatchEvent): void {
    if (type === "ERROR") throw new Error(`the watch ended: ${object.json}`);
    if (type === "BOOKMARK") {
      if (revision < this.#revision) throw new Error("a bookmark that goes back");
      this.#bookmark = revision;
      this.#revision = revision;
      return;
    }
    const isKnown = this.#state.has(object.name);
    if (type === "ADDED" ? isKnown : !isKnown)
      throw new Error(`${type} of ${object.name}, known: ${isKnown}`);
    // The initial state comes in the order of names, everything else in the order of revisions.
    if (revision <= this.#revision && this.#bookmark > 0)
      throw new Error(`${revision} after ${this.#revision}`);
    this.#revision = Math.max(this.#revision, revision);
    if (type === "DELETED") this.#state.delete(object.name);
    else this.#state.set(object.name, object.json.toString());
  }
}

async function stateOf(
  store: ResourceStore,
  isSelective: boolean,
  revision?: number,
): Promise<Map<string, string>> {
  const exact = { resourceVersion: String(revision), resourceVersionMatch: "Exact" as const };
  const { items } = await store.list({
    namespace: "ns",
    ...(isSelective ? { labelSelector: SELECTOR } : {}),
    ...(revision === undefined ? {} : exact),
  });
  return new Map(items.map((item) => [item.name, item.json.toString()]));
}

test(`wherever a watcher starts, it ends with what a list shows (seed ${SEED})`, async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const kv = await LocalKv.open({ clock });
      const faulty = FaultyKv.over(kv);
      const stores = openObjectStores({
        kv: faulty,
        schema,
        clock,
        random: seededRandom(1),
      });
      await stores.ready();
      const store = stores.store("", "configmaps");
      // Writes go through another server, whose store has no faults.
      const other = openObjectStores({ kv, schema, clock, random: seededRandom(2) });
      await other.ready();
      const writer = other.store("", "configmaps");
      const watchers: { watcher: Watcher; isSelective: boolean }[] = [];
      let writes = 0;
      const put = (name: string, on: string) => {
        const data = { n: String(writes++) };
        const change = () => ({ ...configMap(name, data), metadata: { name, labels: { on } } });
        return writer.update("ns", name, change, context("ns"), { createIfAbsent: true });
      };
      for (const action of steps) {
        const { revision } = (await kv.status()).header;
        if (action.type === "put") await put(action.name, action.on);
        else if (action.type === "burst") {
          for (let i = 0; i < action.count; i++) await put(i % 3 === 0 ? "a" : "b", String(i & 1));
        } else if (action.type === "delete") {
          await writer.delete("ns", action.name, {}, context("ns")).catch(() => undefined);
        } else if (action.type === "cut") faulty.cutWatches();
        else if (action.type === "time") {
          clock.advance(action.ms);
          await settle();
        } else if (action.type === "watch") {
          const { isSelective, back } = action;
          // A feed that was cut comes back before anything is asked of it.
          clock.advance(100);
          await settle();
          const from = back === undefined ? undefined : Math.max(1, revision - back);
          const known =
            from === undefined ? new Map<string, string>() : await stateOf(store, isSelective, from);
          const watch = await store.watch({
            namespace: "ns",
            allowBookmarks: true,
            ...(isSelective ? { labelSelector: SELECTOR } : {}),
            ...(from === undefined ? {} : { resourceVersion: String(from) }),
          });
          watchers.push({ watcher: new Watcher(watch, known, from ?? 0), isSelective });
        } else {
          const one = watchers[action.watcher];
          if (action.type === "read") one?.watcher.read(action.max);
          else one?.watcher.requestBookmark();
        }
      }
      clock.advance(100);
      await settle();
      clock.advance(100);
      const { revision } = await store.list({ namespace: "ns" });
      for (const { watcher, isSelective } of watchers) {
        await watcher.catchUp(revision);
        t.deepEqual([...watcher.state].sort(), [...(await stateOf(store, isSelective))].sort());
        watcher.close();
      }
      await stores.close();
      await other.close();
      await kv.close();
    }),
    { seed: SEED, numRuns: 60 },
  );
  t.pass();
});
