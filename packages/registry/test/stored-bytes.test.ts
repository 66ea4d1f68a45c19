import { BytePool } from "@quorate/base";
import { encodeProtobuf } from "@quorate/schema";
import test from "ava";
import { CachedObject } from "../src/cache/cached-object.ts";
import { encodeStored, isStoredAs } from "../src/cache/stored-bytes.ts";
import { configMap, context, openStores, schema } from "./support/open-stores.ts";

const never = (): Buffer => {
  throw new Error("not foreign");
};

test("what is stored has neither version nor self link; what is served has the version spliced in", (t) => {
  const given = configMap(
    "a",
    { k: 'quoted "metadata":{' },
    { resourceVersion: "9", selfLink: "/x", namespace: "ns" },
  );
  const stored = encodeStored(given);
  t.false(stored.includes("resourceVersion"));
  t.false(stored.includes("selfLink"));
  const served = CachedObject.ofStored(
    { namespace: "ns", name: "a", revision: 17 },
    stored,
    never,
    new BytePool(),
  );
  t.deepEqual(served.decode(), { ...given, metadata: { name: "a", namespace: "ns", resourceVersion: "17" } });
  t.is(served.json, served.json, "spliced once");
  t.true(isStoredAs(served.json, stored, 17));
  t.false(isStoredAs(served.json, encodeStored(configMap("b")), 17));
  const later = served.atRevision(18);
  t.is(later.decode().metadata.resourceVersion, "18");
  t.deepEqual(later.decode().data, given.data);
});

test("empty metadata takes a version too", (t) => {
  const stored = encodeStored({ kind: "X", apiVersion: "v1", metadata: {} });
  t.deepEqual(
    CachedObject.ofStored({ namespace: "", name: "a", revision: 3 }, stored, never, new BytePool()).decode()
      .metadata,
    { resourceVersion: "3" },
  );
});

test("values that somebody else has stored are read: protobuf, and JSON in another order", async (t) => {
  const { kv, configMaps } = await openStores(t);
  const object = configMap("p", { k: "v" }, { namespace: "ns", uid: "u" });
  const bytes = encodeProtobuf(schema, { group: "", version: "v1", kind: "ConfigMap" }, object as never);
  await kv.put({ key: Buffer.from("/registry/configmaps/ns/p"), value: bytes });
  const text =
    '{"data":{"k":"w"},"metadata":{"namespace":"ns","name":"j"},"apiVersion":"v1","kind":"ConfigMap"}';
  await kv.put({ key: Buffer.from("/registry/configmaps/ns/j"), value: Buffer.from(text) });
  const read = (await configMaps.get("ns", "p")).decode();
  t.like(read, { kind: "ConfigMap", apiVersion: "v1", data: { k: "v" } });
  t.like(read.metadata, { name: "p", uid: "u", resourceVersion: "2" });
  const { items } = await configMaps.list({ namespace: "ns" });
  t.deepEqual(
    items.map((item) => (item.decode().data as { k: string }).k),
    ["w", "v"],
  );
  const { object: changed } = await configMaps.update(
    "ns",
    "p",
    (current) => ({ ...current!, data: { k: "x" } }),
    context("ns"),
  );
  t.is(changed.json.subarray(0, 9).toString(), '{"kind":"');
});
