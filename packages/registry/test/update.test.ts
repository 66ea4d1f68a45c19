import type { KubernetesObject } from "@quorate/object";
import test from "ava";
import { configMap, context, openStores, pod } from "./support/open-stores.ts";
import { refusal } from "./support/refusal.ts";

const setData =
  (key: string, value: string) =>
  (current: KubernetesObject | undefined): KubernetesObject => {
    const next = current!;
    next.data = { ...(next.data as object), [key]: value };
    return next;
  };

test("an update that changes nothing writes nothing, whatever the order of its fields", async (t) => {
  const { configMaps, kv } = await openStores(t);
  const made = await configMaps.create(configMap("a", { x: "1", y: "2" }), context("ns"));
  const before = (await kv.status()).header.revision;
  const same = await configMaps.update("ns", "a", (current) => current!, context("ns"));
  t.is(same.object, made);
  const reordered = await configMaps.update(
    "ns",
    "a",
    (current) => ({
      kind: "ConfigMap",
      apiVersion: "v1",
      data: { y: "2", x: "1" },
      metadata: current!.metadata,
    }),
    context("ns"),
  );
  t.is(reordered.object, made);
  t.is((await kv.status()).header.revision, before);
});

test("a stale resourceVersion is a 409, the current one and none are taken", async (t) => {
  const { configMaps } = await openStores(t);
  const first = await configMaps.create(configMap("a"), context("ns"));
  await configMaps.update("ns", "a", setData("k", "1"), context("ns"));
  const put = (resourceVersion: string | undefined) =>
    configMaps.update("ns", "a", () => configMap("a", { k: "2" }, { resourceVersion }), context("ns"));
  const status = await refusal(t, put(String(first.revision)));
  t.like(status, { code: 409, reason: "Conflict" });
  t.is(
    status.message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
      "please apply your changes to the latest version and try again",
  );
  const { object } = await put(undefined);
  t.is(object.decode().metadata.uid, first.decode().metadata.uid);
});

test("kinds that insist on a resourceVersion refuse an update without", async (t) => {
  const { stores } = await openStores(t);
  const leases = stores.store("coordination.k8s.io", "leases");
  const lease = { kind: "Lease", apiVersion: "coordination.k8s.io/v1", metadata: { name: "a" }, spec: {} };
  await leases.create(lease, context("ns"));
  const status = await refusal(
    t,
    leases.update("ns", "a", () => ({ ...lease, metadata: { name: "a" } }), context("ns")),
  );
  t.like(status, { code: 422, reason: "Invalid" });
  t.deepEqual(status.details?.causes, [
    {
      reason: "FieldValueInvalid",
      message: "Invalid value: 0: must be specified for an update",
      field: "metadata.resourceVersion",
    },
  ]);
});

test("writers that race all get their change in", async (t) => {
  const { configMaps } = await openStores(t);
  await configMaps.create(configMap("a", { n: "0" }), context("ns"));
  const increment = (current: KubernetesObject | undefined): KubernetesObject => {
    const data = current!.data as Record<string, string>;
    data.n = String(Number(data.n) + 1);
    return current!;
  };
  await Promise.all(Array.from({ length: 40 }, () => configMaps.update("ns", "a", increment, context("ns"))));
  t.is(((await configMaps.get("ns", "a")).decode().data as Record<string, string>).n, "40");
});

test("an absent object is a 404, or made where the caller allows it", async (t) => {
  const { configMaps } = await openStores(t);
  t.is((await refusal(t, configMaps.update("ns", "a", setData("k", "v"), context("ns")))).code, 404);
  const make = () =>
    configMaps.update(
      "ns",
      "a",
      (current) => {
        const next = current ?? configMap("a");
        next.data = { n: String(Number((next.data as Record<string, string>).n ?? "0") + 1) };
        return next;
      },
      context("ns"),
      { createIfAbsent: true },
    );
  t.true((await make()).created);
  const again = await make();
  t.false(again.created);
  t.deepEqual(again.object.decode().data, { n: "2" });
});

test("two that make the same object on update both succeed, one of them by changing it", async (t) => {
  const { configMaps } = await openStores(t);
  const make = (key: string) =>
    configMaps.update("ns", "a", (current) => setData(key, "1")(current ?? configMap("a")), context("ns"), {
      createIfAbsent: true,
    });
  const results = await Promise.all([make("x"), make("y")]);
  t.deepEqual(results.map(({ created }) => created).sort(), [false, true]);
  t.deepEqual((await configMaps.get("ns", "a")).decode().data, { x: "1", y: "1" });
});

test("a write of the status leaves the rest, and the other way; generations are counted", async (t) => {
  const { stores } = await openStores(t);
  const pods = stores.store("", "pods");
  await pods.create(pod("a"), context("ns"));
  const change = (current: KubernetesObject | undefined): KubernetesObject => {
    current!.spec!.activeDeadlineSeconds = 5;
    current!.status = { ...current!.status, phase: "Running" };
    return current!;
  };
  const status = (await pods.update("ns", "a", change, context("ns", "status"))).object.decode();
  t.is(status.status?.phase, "Running");
  t.is(status.spec?.activeDeadlineSeconds, undefined);
  t.is(status.metadata.generation, 1);
  const main = (
    await pods.update(
      "ns",
      "a",
      (current) => {
        current!.status = { phase: "Failed" };
        current!.spec!.activeDeadlineSeconds = 5;
        return current!;
      },
      context("ns"),
    )
  ).object.decode();
  t.is(main.status?.phase, "Running");
  t.is(main.spec?.activeDeadlineSeconds, 5);
  t.is(main.metadata.generation, 2);
});

test("taking the last finalizer off a deleted object removes it", async (t) => {
  const { configMaps } = await openStores(t);
  await configMaps.create(configMap("a", {}, { finalizers: ["x.io/a", "x.io/b"] }), context("ns"));
  const held = await configMaps.delete("ns", "a", {}, context("ns"));
  t.false(held.deleted);
  const drop = (finalizers: string[]) =>
    configMaps.update(
      "ns",
      "a",
      (current) => {
        current!.metadata.finalizers = finalizers;
        return current!;
      },
      context("ns"),
    );
  await drop(["x.io/b"]);
  t.is((await configMaps.get("ns", "a")).name, "a");
  const last = await drop([]);
  t.true(last.object.revision > held.object.revision);
  t.is((await refusal(t, configMaps.get("ns", "a"))).code, 404);
});

test("a deletion time can't be taken away, a new finalizer not be added to what is deleted", async (t) => {
  const { configMaps } = await openStores(t);
  await configMaps.create(configMap("a", {}, { finalizers: ["x.io/a"] }), context("ns"));
  const { object } = await configMaps.delete("ns", "a", {}, context("ns"));
  const deletedAt = object.decode().metadata.deletionTimestamp;
  const kept = await configMaps.update(
    "ns",
    "a",
    (current) => {
      delete current!.metadata.deletionTimestamp;
      current!.data = { k: "v" };
      return current!;
    },
    context("ns"),
  );
  t.is(kept.object.decode().metadata.deletionTimestamp, deletedAt);
  const adding = configMaps.update(
    "ns",
    "a",
    (current) => {
      current!.metadata.finalizers!.push("x.io/new");
      return current!;
    },
    context("ns"),
  );
  t.is((await refusal(t, adding)).code, 422);
});

test("a dry run shows the change with the version it had, and leaves the object", async (t) => {
  const { configMaps } = await openStores(t);
  const made = await configMaps.create(configMap("a"), context("ns"));
  const shown = await configMaps.update("ns", "a", setData("k", "v"), context("ns", "", { dryRun: true }));
  t.deepEqual(shown.object.decode().data, { k: "v" });
  t.is(shown.object.decode().metadata.resourceVersion, String(made.revision));
  t.is(await configMaps.get("ns", "a"), made);
});
