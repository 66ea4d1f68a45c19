/** Object stores on an in-memory Kv: what a controller sees of a member, without the member. */
import { SystemClock, systemRandom } from "@quorate/base";
import { LocalKv } from "@quorate/mvcc";
import { formatTime, type JsonObject, type KubernetesObject } from "@quorate/object";
import {
  type ObjectStores,
  openObjectStores,
  type ResourceStore,
  type StoredObject,
} from "@quorate/registry";
import { applyDefaults, builtinSchema } from "@quorate/schema";
import type { ControllerContext } from "../../src/controller.ts";
import { findObject, serverContext } from "../../src/write-as-server.ts";

interface TestScope {
  teardown(run: () => unknown): void;
  log(...values: unknown[]): void;
}

export interface ControlPlane extends ControllerContext {
  readonly kv: LocalKv;
  readonly stores: ObjectStores;
  store(group: string, resource: string): ResourceStore;
  create(group: string, resource: string, object: KubernetesObject): Promise<StoredObject>;
  find(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): Promise<KubernetesObject | undefined>;
  /** The object once `holds` is true of it; rejects where that takes too long. */
  until(
    at: readonly [group: string, resource: string, namespace: string, name: string],
    holds: (object: KubernetesObject | undefined) => boolean,
  ): Promise<KubernetesObject | undefined>;
}

const LIMIT_MS = 10_000;

/** Runs until the test ends; lines of warning and worse are shown with a failing test. */
export async function controlPlane(t: TestScope): Promise<ControlPlane> {
  const clock = new SystemClock();
  const random = systemRandom();
  const kv = await LocalKv.open({ clock });
  const schema = builtinSchema();
  const stores = openObjectStores({ kv, schema, clock, random });
  await stores.ready();
  t.teardown(async () => {
    await stores.close();
    await kv.close();
  });
  const store = (group: string, resource: string) => stores.store(group, resource);
  const find: ControlPlane["find"] = async (group, resource, namespace, name) =>
    (await findObject(store(group, resource), namespace, name))?.decode();
  return {
    kv,
    stores,
    schema,
    clock,
    random,
    log: (level, message, fields) => {
      if (level === "warn" || level === "error") t.log(message, fields);
    },
    store,
    find,
    create: (group, resource, object) => {
      const { version } = store(group, resource).resource.storage;
      const type = schema.typeOf({ group, version, kind: object.kind });
      applyDefaults(type, object as unknown as JsonObject, (ref) => schema.resolve(ref), {
        now: formatTime(clock.wallMs()),
      });
      return store(group, resource).create(object, serverContext(clock, object.metadata.namespace ?? ""));
    },
    until: (at, holds) => untilObject(store(at[0], at[1]), at[2], at[3], holds),
  };
}

/** Looks again with every change of the resource. */
async function untilObject(
  store: ResourceStore,
  namespace: string,
  name: string,
  holds: (object: KubernetesObject | undefined) => boolean,
): Promise<KubernetesObject | undefined> {
  const watch = await store.watch({ namespace: "", resourceVersion: "0", allowBookmarks: false });
  let fail: (error: Error) => void = () => {};
  let last: KubernetesObject | undefined;
  // Controllers' timers do not keep the process; this one does.
  const overdue = setTimeout(() => fail(new Error(`${name} is still: ${JSON.stringify(last)}`)), LIMIT_MS);
  try {
    for (;;) {
      last = (await findObject(store, namespace, name))?.decode();
      if (holds(last)) return last;
      const events: never[] = [];
      if (watch.next(events, 1_000) > 0) continue;
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        watch.onReady(resolve);
      });
    }
  } finally {
    clearTimeout(overdue);
    watch.close();
  }
}
