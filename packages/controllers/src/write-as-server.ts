/**
 * How controllers write: as the server itself, with the ways of a get-or-create and of a change to one known
 * object.
 */
import type { Clock } from "@quorate/base";
import { formatTime, type KubernetesObject, StatusError } from "@quorate/object";
import type { ResourceStore, StoredObject, WriteContext } from "@quorate/registry";
import type { SubresourceName } from "@quorate/schema";

/** The user in whose name the server writes. */
const SERVER_USER = "system:apiserver";

/** The context of a write by the server. */
export function serverContext(
  clock: Clock,
  namespace: string,
  subresource: SubresourceName = "",
): WriteContext {
  return {
    namespace,
    subresource,
    now: formatTime(clock.wallMs()),
    userName: SERVER_USER,
    userGroups: ["system:masters"],
    dryRun: false,
  };
}

/** Whether `error` is a Status with this code. */
export function hasStatus(error: unknown, code: number): boolean {
  return error instanceof StatusError && error.status.code === code;
}

/** The object, or undefined where there is none. `cached`: what this member's cache knows, at once. */
export async function findObject(
  store: ResourceStore,
  namespace: string,
  name: string,
  cached = false,
): Promise<StoredObject | undefined> {
  try {
    return await store.get(namespace, name, cached ? { resourceVersion: "0" } : undefined);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Creates the object; undefined where one of its name is there already. */
export async function createIfAbsent(
  store: ResourceStore,
  clock: Clock,
  object: KubernetesObject,
): Promise<StoredObject | undefined> {
  const { namespace = "", name = "" } = object.metadata;
  if (await findObject(store, namespace, name, true)) return undefined;
  try {
    return await store.create(object, serverContext(clock, namespace));
  } catch (error) {
    if (hasStatus(error, 409)) return undefined;
    throw error;
  }
}

class Untouched extends Error {}

/** One object and what becomes of it. */
export interface ObjectChange {
  readonly namespace: string;
  readonly name: string;
  /** Absent: whatever object has this name. */
  readonly uid?: string;
  readonly subresource?: SubresourceName;
  /** Changes the object in place; false where there is nothing to change. */
  readonly change: (object: KubernetesObject) => boolean;
}

/** Changes one object, and answers it; undefined where it is gone, is another one, or needs no change. */
export async function changeObject(
  store: ResourceStore,
  clock: Clock,
  { namespace, name, uid, subresource, change }: ObjectChange,
): Promise<StoredObject | undefined> {
  try {
    const { object } = await store.update(
      namespace,
      name,
      (current) => {
        if (!current || (uid !== undefined && current.metadata.uid !== uid)) throw new Untouched();
        if (!change(current)) throw new Untouched();
        return current;
      },
      serverContext(clock, namespace, subresource),
    );
    return object;
  } catch (error) {
    if (error instanceof Untouched || hasStatus(error, 404)) return undefined;
    throw error;
  }
}
