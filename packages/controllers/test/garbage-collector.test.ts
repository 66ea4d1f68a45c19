import type { KubernetesObject, OwnerReference } from "@quorate/object";
import type { DeleteOptions } from "@quorate/registry";
import test from "ava";
import { GarbageCollector } from "../src/garbage/garbage-collector.ts";
import { serverContext } from "../src/write-as-server.ts";
import { type ControlPlane, controlPlane } from "./support/control-plane.ts";

const NAMESPACE = "default";

function start(t: { teardown(run: () => unknown): void }, plane: ControlPlane): void {
  const collector = new GarbageCollector(plane);
  collector.start();
  t.teardown(() => collector.stop());
}

interface Named {
  readonly name: string;
  readonly uid: string;
}

const ownerOf = ({ name, uid }: Named, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name,
  uid,
  ...more,
});

async function create(
  plane: ControlPlane,
  name: string,
  ownerReferences: OwnerReference[] = [],
): Promise<Named> {
  const object: KubernetesObject = {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name, namespace: NAMESPACE, ...(ownerReferences.length > 0 && { ownerReferences }) },
  };
  const { metadata } = (await plane.create("", "configmaps", object)).decode();
  return { name, uid: metadata.uid! };
}

const at = (name: string) => ["", "configmaps", NAMESPACE, name] as const;
const isGone = (object: KubernetesObject | undefined) => object === undefined;

const remove = (plane: ControlPlane, name: string, propagationPolicy: DeleteOptions["propagationPolicy"]) =>
  plane
    .store("", "configmaps")
    .delete(NAMESPACE, name, { propagationPolicy }, serverContext(plane.clock, NAMESPACE));

test("what an owner leaves behind is deleted, down to the last grandchild", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  const owner = await create(plane, "owner");
  const child = await create(plane, "child", [ownerOf(owner)]);
  await create(plane, "grandchild", [ownerOf(child)]);
  await create(plane, "other");
  await remove(plane, "owner", "Background");
  await plane.until(at("grandchild"), isGone);
  await plane.until(at("child"), isGone);
  t.truthy(await plane.find(...at("other")));
});

test("an object that is created for an owner that is gone goes too; one owner that is left is enough", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  const kept = await create(plane, "kept");
  const gone = { name: "never", uid: "00000000-0000-4000-8000-000000000000" };
  await create(plane, "orphaned", [ownerOf(gone)]);
  await create(plane, "shared", [ownerOf(gone), ownerOf(kept)]);
  await plane.until(at("orphaned"), isGone);
  const shared = await plane.until(at("shared"), (object) => object?.metadata.ownerReferences?.length === 1);
  t.is(shared!.metadata.ownerReferences![0]!.name, "kept");
});

test("an owner of the same name that is not the same object does not count", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  const real = await create(plane, "owner");
  await create(plane, "impostor", [ownerOf({ ...real, uid: "00000000-0000-4000-8000-000000000001" })]);
  await plane.until(at("impostor"), isGone);
  t.truthy(await plane.find(...at("owner")));
});

test("foreground: the owner goes after those that block it, not before", async (t) => {
  const plane = await controlPlane(t);
  const owner = await create(plane, "owner");
  const child = await create(plane, "child", [ownerOf(owner, { blockOwnerDeletion: true })]);
  await create(plane, "grandchild", [ownerOf(child, { blockOwnerDeletion: true })]);
  await remove(plane, "owner", "Foreground");
  const held = await plane.find(...at("owner"));
  t.deepEqual(held?.metadata.finalizers, ["foregroundDeletion"]);
  const order: string[] = [];
  const watch = await plane.store("", "configmaps").watch({ namespace: NAMESPACE, allowBookmarks: false });
  start(t, plane);
  await plane.until(at("owner"), isGone);
  const events: { type: string; object: { name: string } }[] = [];
  watch.next(events as never[], 100);
  watch.close();
  for (const { type, object } of events) if (type === "DELETED") order.push(object.name);
  t.deepEqual(order, ["grandchild", "child", "owner"]);
});

test("foreground: objects that block each other in a circle all go", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  const first = await create(plane, "first");
  const second = await create(plane, "second", [ownerOf(first, { blockOwnerDeletion: true })]);
  await plane.store("", "configmaps").update(
    NAMESPACE,
    "first",
    (object) => {
      object!.metadata.ownerReferences = [ownerOf(second, { blockOwnerDeletion: true })];
      return object!;
    },
    serverContext(plane.clock, NAMESPACE),
  );
  await remove(plane, "first", "Foreground");
  await plane.until(at("first"), isGone);
  await plane.until(at("second"), isGone);
  t.pass();
});

test("orphan: dependents lose the reference and stay", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  const owner = await create(plane, "owner");
  const other = await create(plane, "other");
  await create(plane, "child", [ownerOf(owner), ownerOf(other)]);
  await create(plane, "only", [ownerOf(owner)]);
  await remove(plane, "owner", "Orphan");
  await plane.until(at("owner"), isGone);
  t.deepEqual(
    (await plane.find(...at("child")))?.metadata.ownerReferences?.map(({ name }) => name),
    ["other"],
  );
  t.is((await plane.find(...at("only")))?.metadata.ownerReferences, undefined);
});

test("a collector that starts late finds what was left behind before it", async (t) => {
  const plane = await controlPlane(t);
  const owner = await create(plane, "owner");
  await create(plane, "child", [ownerOf(owner)]);
  await remove(plane, "owner", "Background");
  t.truthy(await plane.find(...at("child")));
  start(t, plane);
  await plane.until(at("child"), isGone);
  t.pass();
});
