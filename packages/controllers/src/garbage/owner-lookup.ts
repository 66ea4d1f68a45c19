/**
 * How the owners of an object are: solid (it is there), dangling (it is not, or is another one of that name),
 * or waiting (it is being deleted and held until its dependents are gone). The cache answers where it knows
 * the owner; absence is believed only of the store.
 */
import type { ObjectMeta, OwnerReference } from "@quorate/object";
import type { StoredObject } from "@quorate/registry";
import { parseApiVersion, type ResourceTable } from "@quorate/schema";
import type { ControllerContext } from "../controller.ts";
import { findObject } from "../write-as-server.ts";

/** The finalizer of an owner that waits for its dependents to go. */
export const FOREGROUND = "foregroundDeletion";
/** The finalizer of an owner whose dependents are to lose their reference. */
export const ORPHAN = "orphan";

/** Bound: owners remembered as absent; a uid never comes back. */
const ABSENT_MAX = 500;

/** The owners of one object by how they are. */
export interface ClassifiedOwners {
  readonly solid: readonly OwnerReference[];
  readonly dangling: readonly OwnerReference[];
  readonly waiting: readonly OwnerReference[];
}

/** Classifies owner references; remembers a bounded number of owners that are gone for good. */
export class OwnerLookup {
  readonly #context: ControllerContext;
  readonly #absent = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** The resource of a reference; throws where no resource of that kind is served (it may be later). */
  resourceOf({ apiVersion, kind }: Pick<OwnerReference, "apiVersion" | "kind">): ResourceTable {
    const parsed = parseApiVersion(apiVersion);
    const resource = parsed && this.#context.schema.findResourceOfKind(parsed.group, parsed.version, kind);
    if (!resource) throw new Error(`no resource of kind ${kind} in ${apiVersion} is served`);
    return resource;
  }

  /** Undefined: an object of the cluster names an owner in a namespace, which can't be resolved. */
  async classify(
    namespace: string,
    owners: readonly OwnerReference[],
  ): Promise<ClassifiedOwners | undefined> {
    const classified = { solid: [], dangling: [], waiting: [] } as {
      [state in keyof ClassifiedOwners]: OwnerReference[];
    };
    for (const owner of owners) {
      const resource = this.resourceOf(owner);
      if (resource.namespaced && namespace === "") return undefined;
      classified[await this.#stateOf(resource, resource.namespaced ? namespace : "", owner)].push(owner);
    }
    return classified;
  }

  /** Whether the cache knows every owner, none of them waiting: then nothing is to be done, at no cost. */
  async areSolidInCache(namespace: string, owners: readonly OwnerReference[]): Promise<boolean> {
    for (const owner of owners) {
      const { apiVersion, kind, name, uid } = owner;
      const parsed = parseApiVersion(apiVersion);
      const resource = parsed && this.#context.schema.findResourceOfKind(parsed.group, parsed.version, kind);
      if (!resource || (resource.namespaced && namespace === "")) return false;
      const store = this.#context.stores.store(resource.group, resource.resource);
      const found = await findObject(store, resource.namespaced ? namespace : "", name, true);
      const metadata = found && metadataOf(found);
      if (metadata?.uid !== uid || isWaiting(metadata)) return false;
    }
    return true;
  }

  async #stateOf(
    resource: ResourceTable,
    namespace: string,
    owner: OwnerReference,
  ): Promise<keyof ClassifiedOwners> {
    const identity = `${owner.apiVersion}/${owner.kind}/${namespace}/${owner.name}/${owner.uid}`;
    if (this.#absent.has(identity)) return "dangling";
    const store = this.#context.stores.store(resource.group, resource.resource);
    const find = async (cached: boolean) => {
      const found = await findObject(store, namespace, owner.name, cached);
      const metadata = found && metadataOf(found);
      return metadata?.uid === owner.uid ? metadata : undefined;
    };
    const metadata = (await find(true)) ?? (await find(false));
    if (!metadata) {
      this.#remember(identity);
      return "dangling";
    }
    return isWaiting(metadata) ? "waiting" : "solid";
  }

  #remember(identity: string): void {
    this.#absent.add(identity);
    if (this.#absent.size <= ABSENT_MAX) return;
    for (const oldest of this.#absent) {
      this.#absent.delete(oldest);
      break;
    }
  }
}

function isWaiting({ deletionTimestamp, finalizers }: ObjectMeta): boolean {
  return deletionTimestamp !== undefined && (finalizers?.includes(FOREGROUND) ?? false);
}

function metadataOf(object: StoredObject) {
  return object.decode().metadata;
}
