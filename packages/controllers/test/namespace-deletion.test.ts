import { objectsIn, stringIn } from "@quorate/object";
import test from "ava";
import { NamespaceDeletion } from "../src/namespace/namespace-deletion.ts";
import { changeObject, serverContext } from "../src/write-as-server.ts";
import { type ControlPlane, controlPlane } from "./support/control-plane.ts";

function start(t: { teardown(run: () => unknown): void }, plane: ControlPlane): void {
  const controller = new NamespaceDeletion(plane, { settleMs: 0 });
  controller.start();
  t.teardown(() => controller.stop());
}

async function createNamespace(plane: ControlPlane, name: string): Promise<void> {
  await plane.create("", "namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name } });
}

async function createConfigMap(plane: ControlPlane, namespace: string, finalizers?: string[]): Promise<void> {
  await plane.create("", "configmaps", {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name: "content", namespace, ...(finalizers && { finalizers }) },
  });
}

const deleteNamespace = (plane: ControlPlane, name: string) =>
  plane.store("", "namespaces").delete("", name, {}, serverContext(plane.clock, ""));

test("a deleted namespace goes with all that is in it, and nothing else does", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  for (const name of ["going", "staying"]) {
    await createNamespace(plane, name);
    await createConfigMap(plane, name);
    await plane.create("coordination.k8s.io", "leases", {
      kind: "Lease",
      apiVersion: "coordination.k8s.io/v1",
      metadata: { name: "content", namespace: name },
    });
  }
  await deleteNamespace(plane, "going");
  await plane.until(["", "namespaces", "", "going"], (namespace) => namespace === undefined);
  t.is(await plane.find("", "configmaps", "going", "content"), undefined);
  t.is(await plane.find("coordination.k8s.io", "leases", "going", "content"), undefined);
  t.truthy(await plane.find("", "configmaps", "staying", "content"));
});

test("a finalizer holds the namespace, whose conditions say so until it is gone", async (t) => {
  const plane = await controlPlane(t);
  start(t, plane);
  await createNamespace(plane, "held");
  await createConfigMap(plane, "held", ["example.com/hold"]);
  await deleteNamespace(plane, "held");
  const namespace = await plane.until(["", "namespaces", "", "held"], (current) =>
    objectsIn(current?.status, "conditions").some(
      (condition) => condition["type"] === "NamespaceContentRemaining" && condition["status"] === "True",
    ),
  );
  t.is(stringIn(namespace!.status, "phase"), "Terminating");
  const conditions = objectsIn(namespace!.status, "conditions");
  t.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered"],
      ["NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions"],
      ["NamespaceDeletionContentFailure", "False", "ContentDeleted"],
      ["NamespaceContentRemaining", "True", "SomeResourcesRemain"],
      ["NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain"],
    ],
  );
  t.is(conditions[3]!["message"], "Some resources are remaining: configmaps. has 1 resource instances");
  t.is(
    conditions[4]!["message"],
    "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
  );
  await changeObject(plane.store("", "configmaps"), plane.clock, {
    namespace: "held",
    name: "content",
    change: ({ metadata }) => {
      metadata.finalizers = [];
      return true;
    },
  });
  await plane.until(["", "namespaces", "", "held"], (current) => current === undefined);
  t.pass();
});

test("a namespace that was already going when the controller starts is finished", async (t) => {
  const plane = await controlPlane(t);
  await createNamespace(plane, "early");
  await createConfigMap(plane, "early");
  await deleteNamespace(plane, "early");
  t.truthy(await plane.find("", "configmaps", "early", "content"));
  start(t, plane);
  await plane.until(["", "namespaces", "", "early"], (namespace) => namespace === undefined);
  t.is(await plane.find("", "configmaps", "early", "content"), undefined);
});
