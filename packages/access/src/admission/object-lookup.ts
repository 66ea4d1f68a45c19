/**
 * How plugins look at other objects: the cache first, the store where the cache does not know the name (it
 * may lag behind by a moment). Missing objects are `undefined`, never an error.
 */
import { type KubernetesObject, StatusError } from "@quorate/object";
import type { ObjectStores, StoredObject } from "@quorate/registry";

const FROM_CACHE = { resourceVersion: "0" } as const;

/** Reads for plugins; what it gives is shared unless it says otherwise. */
export class ObjectLookup {
  readonly #stores: ObjectStores;

  constructor(stores: ObjectStores) {
    this.#stores = stores;
  }

  /** The object as stored; shared, not to be changed. */
  async find(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): Promise<StoredObject | undefined> {
    return (
      (await this.findCached(group, resource, namespace, name)) ??
      (await absentToUndefined(this.#stores.store(group, resource).get(namespace, name)))
    );
  }

  /** Only what the cache knows. */
  findCached(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): Promise<StoredObject | undefined> {
    return absentToUndefined(this.#stores.store(group, resource).get(namespace, name, FROM_CACHE));
  }

  /** All objects of a cluster-scoped resource, or of one namespace, decoded. */
  async list(group: string, resource: string, namespace = ""): Promise<KubernetesObject[]> {
    const { items } = await this.#stores.store(group, resource).list({ namespace, resourceVersion: "0" });
    return items.map((item) => item.decode());
  }
}

async function absentToUndefined(found: Promise<StoredObject>): Promise<StoredObject | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 404) return undefined;
    throw error;
  }
}
