import test from "ava";
import { OwnerGraph } from "../src/garbage/owner-graph.ts";

const owner = (uid: string, blockOwnerDeletion = false) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: uid,
  uid,
  blockOwnerDeletion,
});

test("dependents are found by each of their owners, and blockers are those that say so", (t) => {
  const graph = new OwnerGraph();
  const base = { resourceKey: "/configmaps", isDeletingDependents: false };
  graph.set({ ...base, key: "a", owners: [owner("x"), owner("y", true)] });
  graph.set({ ...base, key: "b", owners: [owner("x", true)] });
  const keys = (found: readonly { key: string }[]) => found.map(({ key }) => key);
  t.deepEqual(keys(graph.dependentsOf("x")), ["a", "b"]);
  t.deepEqual(keys(graph.blockersOf("x")), ["b"]);
  t.deepEqual(keys(graph.blockersOf("y")), ["a"]);
  graph.set({ ...base, key: "a", owners: [owner("y")] });
  t.deepEqual(keys(graph.dependentsOf("x")), ["b"]);
  t.deepEqual(keys(graph.blockersOf("y")), []);
  graph.remove("b");
  t.deepEqual(graph.dependentsOf("x"), []);
  t.is(graph.size, 1);
});

test("a resource that is no longer served takes its objects along", (t) => {
  const graph = new OwnerGraph();
  graph.set({ key: "a", resourceKey: "one", owners: [owner("x")], isDeletingDependents: false });
  graph.set({ key: "b", resourceKey: "two", owners: [owner("x")], isDeletingDependents: false });
  graph.removeResource("one");
  t.deepEqual(
    graph.dependentsOf("x").map(({ key }) => key),
    ["b"],
  );
});
