import type { KubernetesObject } from "@quorate/object";
import test from "ava";
import type { ResourceStore } from "../src/index.ts";
import { configMap, context, NOW, openStores, pod } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";

test("an object without finalizers goes at once; the answer has the revision of its end", async (t) => {
  const { configMaps } = await openStores(t);
  const made = await configMaps.create(configMap("a", { k: "v" }), context("ns"));
  const { object, deleted } = await configMaps.delete("ns", "a", {}, context("ns"));
  t.true(deleted);
  t.is(object.revision, made.revision + 1);
  t.deepEqual(object.decode().data, { k: "v" });
  t.is((await refusal(t, configMaps.delete("ns", "a", {}, context("ns")))).code, 404);
});

test("preconditions that do not hold are a 409 in the reference's words", async (t) => {
  const { configMaps } = await openStores(t);
  const made = await configMaps.create(configMap("a"), context("ns"));
  const { uid } = made.decode().metadata;
  const other = await refusal(
    t,
    configMaps.delete("ns", "a", { preconditions: { uid: "x" } }, context("ns")),
  );
  t.is(
    other.message,
    'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match ' +
      `the UID in record (${uid}). The object might have been deleted and then recreated`,
  );
  const preconditions = { uid, resourceVersion: "1" };
  const old = await refusal(t, configMaps.delete("ns", "a", { preconditions }, context("ns")));
  t.regex(
    old.message ?? "",
    /the ResourceVersion in the precondition \(1\) does not match .* might have been modified$/,
  );
  const exact = { uid, resourceVersion: String(made.revision) };
  t.true((await configMaps.delete("ns", "a", { preconditions: exact }, context("ns"))).deleted);
});

test("finalizers hold an object that is deleted: its time is set once, its generation counts", async (t) => {
  const { stores } = await openStores(t);
  const policies = stores.store("networking.k8s.io", "networkpolicies");
  const policy = {
    kind: "NetworkPolicy",
    apiVersion: "networking.k8s.io/v1",
    metadata: { name: "a", finalizers: ["x.io/hold"] },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  };
  await policies.create(policy, context("ns"));
  const { object, deleted } = await policies.delete("ns", "a", {}, context("ns"));
  t.false(deleted);
  t.like(object.decode().metadata, { deletionTimestamp: NOW, deletionGracePeriodSeconds: 0, generation: 2 });
  const again = await policies.delete("ns", "a", {}, context("ns", "", { now: "2026-01-01T00:00:09Z" }));
  t.is(again.object, object, "the second deletion writes nothing");
});

async function finalizersAfter(
  store: ResourceStore,
  object: KubernetesObject,
  options: Parameters<ResourceStore["delete"]>[2],
): Promise<readonly string[] | "gone"> {
  await store.create(object, context("ns"));
  const result = await store.delete("ns", object.metadata.name!, options, context("ns"));
  return result.deleted ? "gone" : (result.object.decode().metadata.finalizers ?? []);
}

test("the propagation policy decides on the garbage collector's finalizers", async (t) => {
  const { configMaps, stores } = await openStores(t);
  const jobs = stores.store("apps", "replicasets");
  t.is(jobs.resource.kind, "ReplicaSet");
  const of = (name: string, options: Parameters<ResourceStore["delete"]>[2], finalizers?: string[]) =>
    finalizersAfter(configMaps, configMap(name, {}, { finalizers }), options);
  t.is(await of("a", {}), "gone");
  t.is(await of("b", { propagationPolicy: "Background" }), "gone");
  t.deepEqual(await of("c", { propagationPolicy: "Orphan" }), ["orphan"]);
  t.deepEqual(await of("d", { propagationPolicy: "Foreground" }), ["foregroundDeletion"]);
  t.deepEqual(await of("e", { orphanDependents: true }), ["orphan"]);
  t.is(await of("f", { orphanDependents: false }), "gone");
  t.deepEqual(await of("g", {}, ["orphan"]), ["orphan"]);
  t.deepEqual(await of("h", { propagationPolicy: "Foreground" }, ["orphan", "x.io/y"]), [
    "x.io/y",
    "foregroundDeletion",
  ]);
  t.is(await of("i", { propagationPolicy: "Background" }, ["orphan"]), "gone");
});

test("replication controllers keep their pods where nobody says otherwise", async (t) => {
  const { stores } = await openStores(t);
  const controller = {
    kind: "ReplicationController",
    apiVersion: "v1",
    metadata: { name: "a" },
    spec: {
      replicas: 1,
      selector: { a: "b" },
      template: { metadata: { labels: { a: "b" } }, spec: pod("x").spec! },
    },
  };
  const store = stores.store("", "replicationcontrollers");
  t.deepEqual(await finalizersAfter(store, controller, {}), ["orphan"]);
});

async function scheduledPod(store: ResourceStore, name: string): Promise<void> {
  await store.create(pod(name, { nodeName: "n" }), context("ns"));
}

test("a pod on a node gets its grace period, which later deletions may only shorten", async (t) => {
  const { stores } = await openStores(t);
  const pods = stores.store("", "pods");
  await scheduledPod(pods, "a");
  const remove = (gracePeriodSeconds?: number) =>
    pods.delete(
      "ns",
      "a",
      { ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) },
      context("ns"),
    );
  const first = (await remove()).object.decode().metadata;
  t.like(first, {
    deletionTimestamp: "2026-01-01T00:00:30Z",
    deletionGracePeriodSeconds: 30,
    generation: 2,
  });
  t.is((await remove(60)).object.decode().metadata.deletionGracePeriodSeconds, 30);
  const shorter = (await remove(5)).object.decode().metadata;
  t.like(shorter, {
    deletionTimestamp: "2026-01-01T00:00:05Z",
    deletionGracePeriodSeconds: 5,
    generation: 2,
  });
  t.true((await remove(0)).deleted, "the kubelet confirms with 0");
});

test("pods without a node, and finished ones, go at once", async (t) => {
  const { stores } = await openStores(t);
  const pods = stores.store("", "pods");
  await pods.create(pod("a"), context("ns"));
  t.true((await pods.delete("ns", "a", {}, context("ns"))).deleted);
  await scheduledPod(pods, "b");
  await pods.update(
    "ns",
    "b",
    (current) => ({ ...current!, status: { ...current!.status, phase: "Succeeded" } }),
    context("ns", "status"),
  );
  t.true((await pods.delete("ns", "b", {}, context("ns"))).deleted);
});

test("a negative grace period counts as one second", async (t) => {
  const { stores } = await openStores(t);
  const pods = stores.store("", "pods");
  await scheduledPod(pods, "a");
  const { object } = await pods.delete("ns", "a", { gracePeriodSeconds: -3 }, context("ns"));
  t.is(object.decode().metadata.deletionGracePeriodSeconds, 1);
});

test("a namespace becomes Terminating and goes only when finalize leaves no finalizer", async (t) => {
  const { stores } = await openStores(t);
  const namespaces = stores.store("", "namespaces");
  const namespace = { kind: "Namespace", apiVersion: "v1", metadata: { name: "a" } };
  await namespaces.create(namespace, context(""));
  const begun = await namespaces.delete("", "a", {}, context(""));
  t.false(begun.deleted);
  t.is(begun.object.decode().status?.phase, "Terminating");
  const again = await namespaces.delete("", "a", {}, context(""));
  t.is(again.object, begun.object);
  const finalize = (finalizers: string[]) =>
    namespaces.update("", "a", (current) => ({ ...current!, spec: { finalizers } }), context("", "finalize"));
  await finalize(["kubernetes", "x.io/a"]);
  t.is((await namespaces.get("", "a")).name, "a");
  await finalize([]);
  t.is((await refusal(t, namespaces.get("", "a"))).code, 404);
});

test("a namespace's preconditions are checked in its own words", async (t) => {
  const { stores } = await openStores(t);
  const namespaces = stores.store("", "namespaces");
  await namespaces.create({ kind: "Namespace", apiVersion: "v1", metadata: { name: "a" } }, context(""));
  const status = await refusal(t, namespaces.delete("", "a", { preconditions: { uid: "x" } }, context("")));
  t.regex(
    status.message ?? "",
    /: Precondition failed: UID in precondition: x, UID in object meta: [0-9a-f-]{36}$/,
  );
});

test("a collection is deleted as far as the selectors go; the answer is what was there", async (t) => {
  const { configMaps } = await openStores(t);
  for (const name of ["a", "b", "c"]) await configMaps.create(configMap(name), context("ns"));
  await configMaps.create(configMap("d"), context("other"));
  await configMaps.create(configMap("e", {}, { finalizers: ["x.io/y"] }), context("ns"));
  const result = await configMaps.deleteCollection({ namespace: "ns" }, {}, context("ns"));
  t.deepEqual(
    result.items.map((item) => item.name),
    ["a", "b", "c", "e"],
  );
  const left = await configMaps.list({ namespace: "" });
  t.deepEqual(
    left.items.map((item) => item.name),
    ["e", "d"],
  );
});

test("a dry run deletes nothing, and shows a graceful deletion", async (t) => {
  const { configMaps, stores } = await openStores(t);
  const made = await configMaps.create(configMap("a"), context("ns"));
  const dry = context("ns", "", { dryRun: true });
  t.true((await configMaps.delete("ns", "a", {}, dry)).deleted);
  t.is(await configMaps.get("ns", "a"), made);
  const pods = stores.store("", "pods");
  await scheduledPod(pods, "a");
  const shown = await pods.delete("ns", "a", {}, dry);
  t.false(shown.deleted);
  t.is(shown.object.decode().metadata.deletionGracePeriodSeconds, 30);
  t.is((await pods.get("ns", "a")).decode().metadata.deletionTimestamp, undefined);
});

test("of many who delete one object, all are told that it is gone", async (t) => {
  const { configMaps } = await openStores(t);
  await configMaps.create(configMap("a"), context("ns"));
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => configMaps.delete("ns", "a", {}, context("ns"))),
  );
  t.true(results.some((result) => result.status === "fulfilled"));
  for (const result of results) {
    if (result.status === "rejected") t.is(result.reason.status.code, 404);
  }
});
