import type { GroupTable, ResourceTable } from "@quorate/schema";
import { builtinSchema } from "@quorate/schema";
import test from "ava";
import { configMap, context, openStores } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";
import { WatchReader } from "./support/watch-reader.ts";

function widgets(): GroupTable {
  const resource: ResourceTable = {
    group: "x.io",
    version: "v1",
    resource: "widgets",
    singular: "widget",
    kind: "Widget",
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    storageVersionHash: "x",
    subresources: [],
    storage: { group: "x.io", version: "v1" },
    keyPrefix: "/registry/x.io/widgets/",
    flags: { unconditionalUpdate: false, createOnUpdate: false, deleteReturnsObject: true },
    fieldSelectors: [],
    hasStatus: true,
    enabledByDefault: true,
  };
  return { group: "x.io", versions: [{ version: "v1", enabledByDefault: true, resources: [resource] }] };
}

const widget = (name: string) => ({
  ...configMap(name),
  kind: "Widget",
  apiVersion: "x.io/v1",
  spec: { size: 1 },
});

test("a resource that comes at run time is served from what is stored, goes with its watches", async (t) => {
  const schema = builtinSchema();
  const { stores, kv } = await openStores(t, { schema });
  await t.throwsAsync(async () => stores.store("x.io", "widgets"), { code: "NotFound" });
  const old = { kind: "Widget", apiVersion: "x.io/v1", metadata: { name: "old", namespace: "ns" } };
  await kv.put({
    key: Buffer.from("/registry/x.io/widgets/ns/old"),
    value: Buffer.from(JSON.stringify(old)),
  });
  schema.setCustomGroup(widgets(), new Map());
  const store = stores.store("x.io", "widgets");
  t.is((await store.get("ns", "old")).name, "old");
  const reader = new WatchReader(await store.watch({ namespace: "", allowBookmarks: false }));
  const made = (await store.create(widget("a"), context("ns"))).decode();
  t.is(made.metadata.generation, 1);
  t.deepEqual(await reader.until(2), ["ADDED old@2", "ADDED a@3"]);
  schema.setCustomGroup(widgets(), new Map());
  await stores.store("x.io", "widgets").create(widget("b"), context("ns"));
  t.deepEqual((await reader.until(3)).at(-1), "ADDED b@4", "a changed definition ends no watch");
  await stores.store("x.io", "widgets").delete("ns", "b", {}, context("ns"));
  t.deepEqual((await reader.until(4)).at(-1), "DELETED b@5");
  schema.setCustomGroup({ group: "x.io", versions: [] }, new Map());
  await t.throwsAsync(async () => stores.store("x.io", "widgets"), { code: "NotFound" });
  t.deepEqual((await reader.until(5)).at(-1), "ERROR 404");
});

test("writes while a new resource is being read are not lost", async (t) => {
  const schema = builtinSchema();
  const { stores } = await openStores(t, { schema });
  schema.setCustomGroup(widgets(), new Map());
  const store = stores.store("x.io", "widgets");
  const made = await Promise.all(["a", "b", "c"].map((name) => store.create(widget(name), context("ns"))));
  t.is(made.length, 3);
  const { items } = await store.list({ namespace: "ns" });
  t.deepEqual(
    items.map((item) => item.name),
    ["a", "b", "c"],
  );
  t.is((await refusal(t, store.get("ns", "d"))).code, 404);
});
