import { type KubernetesObject, textOf } from "@quorate/object";
import test from "ava";
import { builtinSchema, type KindStrategy, type StrategyContext, strategyFor } from "../src/index.ts";

const schema = builtinSchema();
const context: StrategyContext = {
  namespace: "ns",
  subresource: "",
  now: "2026-01-01T00:00:00Z",
  userName: "tester",
  userGroups: [],
  dryRun: false,
};

function strategyOf(group: string, version: string, kind: string): KindStrategy {
  const resources = [...schema.resources()];
  return strategyFor(
    resources.find((one) => one.group === group && one.version === version && one.kind === kind)!,
  );
}

const object = (kind: string, apiVersion: string, spec: object, metadata: object = {}) =>
  ({ kind, apiVersion, metadata: { name: "a", namespace: "ns", ...metadata }, spec }) as KubernetesObject;

test("a job without labels has those of its pods, as it has when the reference reads it", (t) => {
  const strategy = strategyOf("batch", "v1", "Job");
  const bare = object("Job", "batch/v1", { template: {} }, { uid: "u" });
  strategy.prepareForCreate(bare, context);
  t.deepEqual(bare.metadata.labels, {
    "job-name": "a",
    "batch.kubernetes.io/job-name": "a",
    "controller-uid": "u",
    "batch.kubernetes.io/controller-uid": "u",
  });
  const labelled = object("Job", "batch/v1", { template: {} }, { uid: "u", labels: { own: "1" } });
  strategy.prepareForCreate(labelled, context);
  t.deepEqual(labelled.metadata.labels, { own: "1" });
});

test("a workload without a selector is told that it does not match either", (t) => {
  const errors = strategyOf("apps", "v1", "Deployment").validateCreate(
    object("Deployment", "apps/v1", { template: {} }),
    context,
  );
  const about = errors
    .filter(({ field }) => /selector|labels/.test(field))
    .map(({ field, type }) => [field, type]);
  t.deepEqual(about, [
    ["spec.selector", "Required"],
    ["spec.template.metadata.labels", "Invalid"],
  ]);
});

test("what an autoscaler scales has a group, but for replication controllers and what was there before", (t) => {
  const strategy = strategyOf("autoscaling", "v2", "HorizontalPodAutoscaler");
  const scaler = (kind: string, apiVersion: string) =>
    object(
      "HorizontalPodAutoscaler",
      "autoscaling/v2",
      { maxReplicas: 1, scaleTargetRef: { kind, name: "a", apiVersion } },
      { resourceVersion: "1", uid: "u", creationTimestamp: context.now },
    );
  const created = (kind: string, apiVersion: string) =>
    strategy.validateCreate(scaler(kind, apiVersion), context).map(({ field }) => field);
  t.deepEqual(created("Deployment", "apps/v1"), []);
  t.deepEqual(created("ReplicationController", "v1"), []);
  t.deepEqual(created("Deployment", "v1"), ["spec.scaleTargetRef.apiVersion"]);
  t.deepEqual(created("Deployment", "a/b/c"), ["spec.scaleTargetRef.apiVersion"]);
  const old = scaler("Deployment", "");
  t.deepEqual(strategy.validateUpdate(structuredClone(old), old, context), []);
  t.is(strategy.validateUpdate(scaler("Deployment", "v1"), old, context).length, 1);
});

test("findings of quotas, slices and classes have the reference's texts and order", (t) => {
  const found = (group: string, kind: string, given: object) => {
    const all = {
      metadata: { name: "a", namespace: group === "storage.k8s.io" ? "" : "ns" },
      kind,
      apiVersion: `${group}/v1`,
      ...given,
    };
    const errors = strategyOf(group, "v1", kind).validateCreate(all as KubernetesObject, context);
    return errors.map(({ field, detail }) => `${field}: ${detail}`);
  };
  t.deepEqual(found("", "ResourceQuota", { spec: { hard: { foo: "1" } } }), [
    "spec.hard[foo]: must be a standard resource type or fully qualified",
    "spec.hard[foo]: must be a standard resource for quota",
  ]);
  t.deepEqual(
    found("discovery.k8s.io", "EndpointSlice", { addressType: "IPv4", endpoints: [{ addresses: [] }] }),
    ["endpoints[0].addresses: "],
  );
  t.deepEqual(found("rbac.authorization.k8s.io", "Role", { rules: [{ apiGroups: [""] }] }), [
    "rules[0].resources: resource rules must supply at least one resource",
    "rules[0].verbs: ",
  ]);
  const fields = found("storage.k8s.io", "StorageClass", {
    reclaimPolicy: "X",
    volumeBindingMode: "Immediate",
  });
  t.deepEqual(
    fields.map((text) => text.split(":")[0]),
    ["reclaimPolicy", "provisioner"],
  );
});

test("what a storage class is made for can't be changed, and the finding leaves the value out", (t) => {
  const given = (provisioner: string) =>
    ({
      ...object("StorageClass", "storage.k8s.io/v1", {}, { namespace: "", resourceVersion: "1", uid: "u" }),
      provisioner,
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    }) as KubernetesObject;
  const strategy = strategyOf("storage.k8s.io", "v1", "StorageClass");
  t.deepEqual(strategy.validateUpdate(given("x.io/a"), given("x.io/a"), context), []);
  const [error] = strategy.validateUpdate(given("x.io/b"), given("x.io/a"), context);
  t.like(error, { field: "provisioner", value: null, detail: "field is immutable" });
});

test("mount options in the annotation are for the volumes that are mounted with some", (t) => {
  const volume = (source: object) => {
    const metadata = {
      namespace: "",
      annotations: { "volume.beta.kubernetes.io/mount-options": "ro" },
      resourceVersion: "1",
      uid: "u",
    };
    const spec = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source };
    return object("PersistentVolume", "v1", spec, metadata);
  };
  const strategy = strategyOf("", "v1", "PersistentVolume");
  const onHost = volume({ hostPath: { path: "/x", type: "" } });
  const expected =
    "metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: " +
    "may not specify mount options for this volume type";
  t.deepEqual(strategy.validateCreate(onHost, context).map(textOf), [expected]);
  t.deepEqual(strategy.validateUpdate(onHost, onHost, context).map(textOf), [expected]);
  t.deepEqual(strategy.validateCreate(volume({ nfs: { server: "a", path: "/x" } }), context), []);
});
