import test from "ava";
import fc from "fast-check";
import { type Command, MemoryOrderedStore, Store, type WatchBatch } from "../src/index.ts";

/** The dumb model: the whole key space kept anew for every revision. */
class Model {
  readonly states: Map<string, string>[] = [new Map(), new Map()];

  get revision(): number {
    return this.states.length - 1;
  }

  write(change: (next: Map<string, string>) => boolean): void {
    const next = new Map(this.states.at(-1));
    if (change(next)) this.states.push(next);
  }

  at(revision: number): string[] {
    return [...this.states[revision]!]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`);
  }
}

const b = (text: string) => Buffer.from(text);
const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
const step = fc.oneof(
  fc.record({ type: fc.constant("put" as const), key, value: fc.string({ maxLength: 3 }) }),
  fc.record({ type: fc.constant("delete" as const), key, end: key }),
  fc.record({ type: fc.constant("compact" as const), back: fc.nat(4) }),
  fc.record({ type: fc.constant("pump" as const), keys: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant("flush" as const) }),
  fc.record({ type: fc.constant("crash" as const) }),
);

const all = { key: b("\0"), rangeEnd: b("\0") };
const SEED = Number(process.env["TEST_SEED"] ?? 20_261_124);

test(`every readable revision is the model's, over compactions and crashes (seed ${SEED})`, async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const disk = new MemoryOrderedStore();
      let store = await Store.open(disk, { clusterId: 1n, memberId: 1n });
      const model = new Model();
      const log: Command[] = [];
      const apply = (command: Command) => {
        log.push(command);
        store.apply(command, { index: log.length, term: 1 });
      };
      for (const action of steps) {
        if (action.type === "put") {
          apply({ op: "put", request: { key: b(action.key), value: b(action.value) } });
          model.write((next) => !!next.set(action.key, action.value));
        } else if (action.type === "delete") {
          apply({ op: "delete-range", request: { key: b(action.key), rangeEnd: b(action.end) } });
          model.write((next) => {
            const doomed = [...next.keys()].filter((name) => name >= action.key && name < action.end);
            for (const name of doomed) next.delete(name);
            return doomed.length > 0;
          });
        } else if (action.type === "compact")
          apply({ op: "compact", revision: store.revision - action.back });
        else if (action.type === "pump") store.pumpCompaction(action.keys);
        else if (action.type === "flush") await disk.write(store.takeBatch().writes);
        else {
          // What was not flushed is lost with the memory; the log plays it again.
          store = await Store.open(disk, { clusterId: 1n, memberId: 1n });
          for (const [at, command] of log.entries()) store.apply(command, { index: at + 1, term: 1 });
        }
        if (store.revision !== model.revision)
          throw new Error(`revision ${store.revision}, model ${model.revision}`);
        for (let revision = Math.max(1, store.compactRevision); revision <= store.revision; revision++) {
          const { kvs } = store.range({ ...all, revision });
          const found = kvs.map((kv) => `${Buffer.from(kv.key)}=${Buffer.from(kv.value)}`);
          if (found.join() !== model.at(revision).join()) {
            throw new Error(`at ${revision}: ${found.join()} instead of ${model.at(revision).join()}`);
          }
        }
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
  t.pass();
});

test(`list and watch give the next list, each change once (seed ${SEED})`, async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(59), async (steps, startAt) => {
      const store = await Store.open(new MemoryOrderedStore(), { clusterId: 1n, memberId: 1n });
      const view = new Map<string, string>();
      let last = 0;
      const sink = {
        batch: (batch: WatchBatch) => {
          if (batch.revision <= last) throw new Error(`revision ${batch.revision} after ${last}`);
          last = batch.revision;
          for (const change of batch.changes) {
            const name = String(Buffer.from(change.kv.key));
            if (change.type === "put") view.set(name, String(Buffer.from(change.kv.value)));
            else if (!view.delete(name)) throw new Error(`${name} deleted twice`);
          }
        },
        closed: (error: Error | undefined) => {
          throw error ?? new Error("closed");
        },
      };
      let index = 0;
      for (const [at, action] of steps.entries()) {
        if (at === Math.min(startAt, steps.length - 1)) {
          const list = store.range(all);
          for (const kv of list.kvs) view.set(String(Buffer.from(kv.key)), String(Buffer.from(kv.value)));
          last = list.header.revision;
          store.watch({ ...all, startRevision: last + 1 }, sink);
        }
        if (action.type === "put") {
          const request = { key: b(action.key), value: b(action.value) };
          store.apply({ op: "put", request }, { index: ++index, term: 1 });
        } else if (action.type === "delete") {
          const request = { key: b(action.key), rangeEnd: b(action.end) };
          store.apply({ op: "delete-range", request }, { index: ++index, term: 1 });
        }
      }
      store.watches.pump();
      const held = [...view].sort(([x], [y]) => (x < y ? -1 : 1)).map(([name, value]) => `${name}=${value}`);
      const listed = store.range(all).kvs.map((kv) => `${Buffer.from(kv.key)}=${Buffer.from(kv.value)}`);
      if (steps.length && held.join() !== listed.join())
        throw new Error(`${held.join()} instead of ${listed.join()}`);
    }),
    { seed: SEED, numRuns: 200 },
  );
  t.pass();
});
