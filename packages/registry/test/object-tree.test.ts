import test from "ava";
import fc from "fast-check";
import { CachedObject } from "../src/cache/cached-object.ts";
import { ObjectTree } from "../src/cache/object-tree.ts";

const SEED = Number(process.env["TEST_SEED"] ?? 20_261_125);
const object = (key: string, revision: number): CachedObject =>
  new CachedObject("", key, revision, Buffer.from("{}"));

const key = fc.nat(700).map((number) => `k${String(number).padStart(4, "0")}`);
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ type: fc.constant("set" as const), key }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("snapshot" as const) }) },
);

function content(tree: ObjectTree, start = "", end?: string): string[] {
  const list: string[] = [];
  tree.visit(start, end, (name, value) => {
    list.push(`${name}@${value.revision}`);
    return true;
  });
  return list;
}

function expected(model: ReadonlyMap<string, number>, start = "", end?: string): string[] {
  return [...model]
    .filter(([name]) => name >= start && (end === undefined || name < end))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, revision]) => `${name}@${revision}`);
}

test(`a tree is a sorted map, its snapshots stay what they were (seed ${SEED})`, (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 600, maxLength: 1_500 }), key, key, (steps, a, b) => {
      const tree = ObjectTree.empty();
      const model = new Map<string, number>();
      const snapshots: { tree: ObjectTree; model: Map<string, number> }[] = [];
      steps.forEach((action, revision) => {
        if (action.type === "set") {
          tree.set(action.key, object(action.key, revision));
          model.set(action.key, revision);
        } else if (action.type === "delete") {
          tree.delete(action.key);
          model.delete(action.key);
        } else snapshots.push({ tree: tree.snapshot(), model: new Map(model) });
      });
      snapshots.push({ tree, model });
      const [start, end] = a < b ? [a, b] : [b, a];
      for (const one of snapshots) {
        t.deepEqual(content(one.tree), expected(one.model));
        t.is(one.tree.size, one.model.size);
        t.deepEqual(content(one.tree, start, end), expected(one.model, start, end));
        t.is(one.tree.count(start, end), expected(one.model, start, end).length);
        t.is(one.tree.get(a)?.revision, one.model.get(a));
      }
    }),
    { seed: SEED, numRuns: 30 },
  );
});

test("a snapshot may be changed without touching what it was taken from", (t) => {
  const tree = ObjectTree.empty();
  tree.set("a", object("a", 1));
  const copy = tree.snapshot();
  copy.set("b", object("b", 2));
  copy.delete("a");
  t.deepEqual(content(tree), ["a@1"]);
  t.deepEqual(content(copy), ["b@2"]);
});
