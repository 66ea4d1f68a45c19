/** What a kube-apiserver has written into the store is served as it would serve it. */
import type { JsonObject, KubernetesObject } from "@quorate/object";
import { encodeProtobuf } from "@quorate/schema";
import test, { type ExecutionContext } from "ava";
import { context, openStores, schema } from "./support/open-stores.ts";

const put = (key: string, value: Uint8Array) => ({ key: Buffer.from(key), value });

async function served(t: ExecutionContext, key: string, value: Uint8Array, group: string, resource: string) {
  const { kv, stores } = await openStores(t);
  await kv.put(put(key, value));
  const { items } = await stores.store(group, resource).list({ namespace: "" });
  t.is(items.length, 1);
  return JSON.parse(items[0]!.json.toString()) as JsonObject;
}

test("protobuf values are read, and what they leave out is filled in", async (t) => {
  const claim = { metadata: { name: "a", namespace: "n" }, spec: { storageClassName: "s", resources: {} } };
  const gvk = { group: "", version: "v1", kind: "PersistentVolumeClaim" };
  const value = encodeProtobuf(schema, gvk, { kind: gvk.kind, apiVersion: "v1", ...claim } as JsonObject);
  const read = await served(t, "/registry/persistentvolumeclaims/n/a", value, "", "persistentvolumeclaims");
  t.deepEqual([read.kind, read.apiVersion], [gvk.kind, "v1"]);
  t.deepEqual(read.status, { phase: "Pending" });
  t.is((read.spec as JsonObject).volumeMode, "Filesystem");
  t.is((read.metadata as JsonObject).resourceVersion, "2");
});

test("a definition of custom resources is v1, whatever version it was stored in", async (t) => {
  const columns = [{ name: "Age", type: "date", JSONPath: ".metadata.creationTimestamp" }];
  const stored = {
    kind: "CustomResourceDefinition",
    apiVersion: "apiextensions.k8s.io/v1beta1",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      version: "v1",
      names: { plural: "widgets", kind: "Widget" },
      scope: "Namespaced",
      validation: { openAPIV3Schema: { type: "object" } },
      subresources: { status: {} },
      additionalPrinterColumns: columns,
      versions: [
        { name: "v1", served: true, storage: true },
        { name: "v2", served: true, storage: false, schema: { openAPIV3Schema: { type: "string" } } },
      ],
      conversion: {
        strategy: "Webhook",
        webhookClientConfig: { url: "https://a" },
        conversionReviewVersions: ["v1"],
      },
      preserveUnknownFields: false,
    },
  };
  const key = "/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com";
  const value = Buffer.from(JSON.stringify(stored));
  const read = await served(t, key, value, "apiextensions.k8s.io", "customresourcedefinitions");
  t.is(read.apiVersion, "apiextensions.k8s.io/v1");
  const { versions, conversion, ...rest } = read.spec as JsonObject;
  const jsonPath = ".metadata.creationTimestamp";
  const shared = {
    subresources: { status: {} },
    additionalPrinterColumns: [{ name: "Age", type: "date", jsonPath }],
  };
  t.deepEqual(versions, [
    { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } }, ...shared },
    { name: "v2", served: true, storage: false, schema: { openAPIV3Schema: { type: "string" } }, ...shared },
  ]);
  const webhook = { clientConfig: { url: "https://a" }, conversionReviewVersions: ["v1"] };
  t.deepEqual(conversion, { strategy: "Webhook", webhook });
  t.deepEqual(Object.keys(rest).sort(), ["group", "names", "scope"]);
});

test("JSON with its fields in another order is served in ours", async (t) => {
  const value = Buffer.from(
    '{"data":{"k":"v"},"metadata":{"namespace":"n","name":"a"},"apiVersion":"v1","kind":"ConfigMap"}',
  );
  const read = await served(t, "/registry/configmaps/n/a", value, "", "configmaps");
  t.deepEqual(Object.keys(read), ["kind", "apiVersion", "metadata", "data"]);
  t.is((read.metadata as JsonObject).resourceVersion, "2");
});

test("claim templates say what they are, stored by others or created here", async (t) => {
  const resources = { requests: { storage: "1Gi" } };
  const claims = [{ metadata: { name: "d" }, spec: { accessModes: ["ReadWriteOnce"], resources } }];
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const set = {
    kind: "StatefulSet",
    apiVersion: "apps/v1",
    metadata: { name: "a", namespace: "n" },
    spec: { serviceName: "s", selector: { matchLabels: labels }, template, volumeClaimTemplates: claims },
  } as unknown as KubernetesObject;
  const gvk = { group: "apps", version: "v1", kind: "StatefulSet" };
  const value = encodeProtobuf(schema, gvk, set as unknown as JsonObject);
  const read = await served(t, "/registry/statefulsets/n/a", value, "apps", "statefulsets");
  const { stores } = await openStores(t);
  const { spec } = structuredClone(read);
  for (const claim of (spec as JsonObject).volumeClaimTemplates as JsonObject[]) {
    delete claim.kind;
    delete claim.apiVersion;
  }
  const fresh = { ...set, metadata: { name: "a", namespace: "n" }, spec } as unknown as KubernetesObject;
  const created = (await stores.store("apps", "statefulsets").create(fresh, context("n"))).decode();
  for (const object of [read, created as unknown as JsonObject]) {
    const [claim] = (object.spec as JsonObject).volumeClaimTemplates as JsonObject[];
    t.deepEqual([claim!.kind, claim!.apiVersion], ["PersistentVolumeClaim", "v1"]);
  }
});
