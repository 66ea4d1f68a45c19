import type { KubernetesObject } from "@quorate/object";
import { test, withFixture } from "./support/with-fixture.ts";

function classOf(kind: string, apiVersion: string, name: string, annotation?: string): KubernetesObject {
  const annotations = annotation === undefined ? {} : { annotations: { [annotation]: "true" } };
  return { kind, apiVersion, metadata: { name, ...annotations } };
}

const claim: KubernetesObject = {
  kind: "PersistentVolumeClaim",
  apiVersion: "v1",
  metadata: { name: "c", namespace: "default" },
  spec: { accessModes: ["ReadWriteOnce"] },
};

test(
  "a claim gets the default storage class unless it names one, be it none",
  withFixture(async (t, fixture) => {
    t.is((await fixture.admit(claim)).spec!.storageClassName, undefined);
    const annotation = "storageclass.kubernetes.io/is-default-class";
    const storage = ["StorageClass", "storage.k8s.io/v1"] as const;
    await fixture.add({
      ...classOf(...storage, "fast"),
      provisioner: "x",
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    });
    await fixture.add({
      ...classOf(...storage, "usual", annotation),
      provisioner: "x",
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    });
    t.is((await fixture.admit(claim)).spec!.storageClassName, "usual");
    const none = { ...claim, spec: { ...claim.spec, storageClassName: "" } };
    t.is((await fixture.admit(none)).spec!.storageClassName, "");
  }),
);

test(
  "claims, volumes and attribute classes are protected while used",
  withFixture(async (t, fixture) => {
    t.deepEqual((await fixture.admit(claim)).metadata.finalizers, ["kubernetes.io/pvc-protection"]);
    const volume = { kind: "PersistentVolume", apiVersion: "v1", metadata: { name: "v" } };
    t.deepEqual((await fixture.admit(volume)).metadata.finalizers, ["kubernetes.io/pv-protection"]);
    const held = { ...volume, metadata: { name: "v", finalizers: ["kubernetes.io/pv-protection"] } };
    t.is((await fixture.admit(held)).metadata.finalizers!.length, 1);
  }),
);

test(
  "an ingress gets the default class unless it names one in the spec or the old annotation",
  withFixture(async (t, fixture) => {
    const annotation = "ingressclass.kubernetes.io/is-default-class";
    const ingressClass = classOf("IngressClass", "networking.k8s.io/v1", "front", annotation);
    await fixture.add({ ...ingressClass, spec: { controller: "example.com/c" } });
    const ingress: KubernetesObject = {
      kind: "Ingress",
      apiVersion: "networking.k8s.io/v1",
      metadata: { name: "i", namespace: "default" },
      spec: {},
    };
    t.is((await fixture.admit(ingress)).spec!.ingressClassName, "front");
    const annotated = structuredClone(ingress);
    annotated.metadata.annotations = { "kubernetes.io/ingress.class": "own" };
    t.is((await fixture.admit(annotated)).spec!.ingressClassName, undefined);
  }),
);

test(
  "a node starts as not ready",
  withFixture(async (t, fixture) => {
    const node = { kind: "Node", apiVersion: "v1", metadata: { name: "n" } };
    const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
    t.deepEqual((await fixture.admit(node)).spec!.taints, [taint]);
  }),
);
