/** Stores over a store in memory, on a clock that the test moves. */
import { ManualClock, seededRandom } from "@quorate/base";
import { type Kv, LocalKv } from "@quorate/mvcc";
import type { JsonObject, KubernetesObject, ObjectMeta } from "@quorate/object";
import { builtinSchema, type SubresourceName } from "@quorate/schema";
import type { ExecutionContext } from "ava";
import { type ObjectStoresOptions, openObjectStores, type WriteContext } from "../../src/index.ts";

export const schema = builtinSchema();
export const NOW = "2026-01-01T00:00:00Z";

export interface OpenOptions extends Partial<ObjectStoresOptions> {
  /** What stands between the stores and the store. */
  readonly through?: (kv: Kv) => Kv;
}

export async function openStores(t: ExecutionContext, options: OpenOptions = {}) {
  const clock = new ManualClock();
  const kv = await LocalKv.open({ clock });
  const { through, ...rest } = options;
  const stores = openObjectStores({
    kv: through ? through(kv) : kv,
    schema,
    clock,
    random: seededRandom(1),
    ...rest,
  });
  await stores.ready();
  t.teardown(async () => {
    await stores.close();
    await kv.close();
  });
  return { clock, kv, stores, configMaps: stores.store("", "configmaps") };
}

export function context(
  namespace: string,
  subresource: SubresourceName = "",
  more: Partial<WriteContext> = {},
): WriteContext {
  return {
    namespace,
    subresource,
    now: NOW,
    userName: "tester",
    userGroups: [],
    dryRun: false,
    ...more,
  };
}

export function configMap(name: string, data: Record<string, string> = {}, metadata: ObjectMeta = {}) {
  return { kind: "ConfigMap", apiVersion: "v1", metadata: { name, ...metadata }, data } as KubernetesObject;
}

export function pod(name: string, spec: JsonObject = {}, metadata: ObjectMeta = {}): KubernetesObject {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name, ...metadata },
    spec: {
      containers: [
        {
          name: "c",
          image: "i",
          imagePullPolicy: "Always",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
        },
      ],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      ...spec,
    },
  };
}

export function service(name: string, spec: JsonObject = {}): KubernetesObject {
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: { name },
    spec: {
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      selector: { app: "a" },
      sessionAffinity: "None",
      type: "ClusterIP",
      internalTrafficPolicy: "Cluster",
      ...spec,
    },
  };
}
