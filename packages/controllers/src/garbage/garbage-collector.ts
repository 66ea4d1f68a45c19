/**
 * garbage-collector-controller: deletes objects whose owners are all gone, and carries out the two ways of
 * deleting that need help: foreground (dependents first) and orphan (dependents lose the reference). Every
 * write names the uid and the revision that it saw, so that another collector beside it does no harm.
 */
import type { KubernetesObject, ObjectMeta, OwnerReference } from "@quorate/object";
import type { DeleteOptions, ResourceStore } from "@quorate/registry";
import type { Controller, ControllerContext } from "../controller.ts";
import { WorkQueue } from "../work-queue.ts";
import { changeObject, findObject, hasStatus, serverContext } from "../write-as-server.ts";
import { type ObjectName, parseObjectKey } from "./object-key.ts";
import { OwnerGraph } from "./owner-graph.ts";
import { FOREGROUND, ORPHAN, OwnerLookup } from "./owner-lookup.ts";
import { OwnerWatch } from "./owner-watch.ts";

const CONCURRENCY = 20;

interface Item extends ObjectName {
  readonly store: ResourceStore;
  readonly uid: string;
  readonly metadata: ObjectMeta;
}

/** Follows every resource while it runs; nothing is deleted before all that the caches know has been seen. */
export class GarbageCollector implements Controller {
  readonly name = "garbage-collector-controller";
  readonly #context: ControllerContext;
  #graph = new OwnerGraph();
  #lookup: OwnerLookup;
  #watch: OwnerWatch | undefined;
  #queue: WorkQueue | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#lookup = new OwnerLookup(context);
  }

  start(): void {
    const context = this.#context;
    const queue = new WorkQueue({
      clock: context.clock,
      concurrency: CONCURRENCY,
      run: (key) => this.#sync(key),
      failed: (object, why) => context.log("debug", "an object could not be collected yet", { object, why }),
    });
    this.#queue = queue;
    this.#graph = new OwnerGraph();
    this.#lookup = new OwnerLookup(context);
    this.#watch = new OwnerWatch({
      context,
      graph: this.#graph,
      due: (key) => queue.add(key),
    });
    this.#watch.start();
  }

  async stop(): Promise<void> {
    this.#watch?.stop();
    await this.#queue?.stop();
  }

  async #sync(key: string): Promise<undefined> {
    const name = parseObjectKey(key);
    if (await this.#isSettled(name)) return undefined;
    // Safety: an object whose dependents are not all known yet would be taken for one without.
    await this.#watch?.untilCaughtUp();
    const item = await this.#read(name);
    if (!item) return undefined;
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = item.metadata;
    if (deletionTimestamp) {
      if (finalizers.includes(FOREGROUND)) await this.#releaseOwner(item);
      else if (finalizers.includes(ORPHAN)) await this.#orphanDependents(item);
    } else if (ownerReferences.length > 0) {
      await this.#collect(item, ownerReferences);
    }
    return undefined;
  }

  /** As far as the cache knows. What it does not know yet comes as an event, and is looked at then. */
  async #isSettled({ group, resource, namespace, name }: ObjectName): Promise<boolean> {
    const store = this.#context.stores.store(group, resource);
    const metadata = (await findObject(store, namespace, name, true))?.decode().metadata;
    if (!metadata || metadata.deletionTimestamp) return false;
    return this.#lookup.areSolidInCache(namespace, metadata.ownerReferences ?? []);
  }

  async #read(name: ObjectName): Promise<Item | undefined> {
    const store = this.#context.stores.store(name.group, name.resource);
    const found = await findObject(store, name.namespace, name.name);
    const metadata = found?.decode().metadata;
    return metadata?.uid ? { ...name, store, uid: metadata.uid, metadata } : undefined;
  }

  /** Foreground: once nobody blocks it any more, the owner may go. */
  async #releaseOwner(item: Item): Promise<void> {
    await this.#watch?.untilCaughtUp();
    const blockers = this.#graph.blockersOf(item.uid);
    if (blockers.length === 0) await this.#removeFinalizer(item, FOREGROUND);
    for (const { key, isDeletingDependents } of blockers) if (!isDeletingDependents) this.#queue?.add(key);
  }

  /** Orphan: no dependent names the owner any more, then the owner may go. */
  async #orphanDependents(item: Item): Promise<void> {
    await this.#watch?.untilCaughtUp();
    const dependents = this.#graph.dependentsOf(item.uid).map(({ key }) => parseObjectKey(key));
    await Promise.all(dependents.map((dependent) => this.#removeOwners(dependent, [item.uid])));
    await this.#removeFinalizer(item, ORPHAN);
  }

  async #collect(item: Item, ownerReferences: readonly OwnerReference[]): Promise<void> {
    const owners = await this.#lookup.classify(item.namespace, ownerReferences);
    if (!owners) {
      this.#context.log("debug", "an object of the cluster names an owner in a namespace", {
        name: item.name,
      });
      return;
    }
    const { solid, dangling, waiting } = owners;
    if (solid.length > 0) {
      const uids = [...dangling, ...waiting].map((owner) => owner.uid);
      if (uids.length > 0) await this.#removeOwners(item, uids, item.uid);
      return;
    }
    const dependents = this.#graph.dependentsOf(item.uid);
    if (waiting.length > 0 && dependents.length > 0) {
      // Two objects that wait for each other would wait for ever.
      if (dependents.some((dependent) => dependent.isDeletingDependents)) await this.#unblockOwners(item);
      await this.#delete(item, "Foreground");
      return;
    }
    const { finalizers = [] } = item.metadata;
    const own = finalizers.includes(ORPHAN)
      ? "Orphan"
      : finalizers.includes(FOREGROUND)
        ? "Foreground"
        : "Background";
    await this.#delete(item, own);
  }

  async #delete(item: Item, policy: NonNullable<DeleteOptions["propagationPolicy"]>): Promise<void> {
    const { store, namespace, name, uid } = item;
    // Unblocking has given the object a new revision.
    const current = policy === "Foreground" ? await this.#read(item) : item;
    if (current?.uid !== uid) return;
    const { resourceVersion } = current.metadata;
    const preconditions = { uid, ...(resourceVersion && { resourceVersion }) };
    try {
      await store.delete(
        namespace,
        name,
        { propagationPolicy: policy, preconditions },
        serverContext(this.#context.clock, namespace),
      );
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
  }

  async #removeOwners(name: ObjectName, uids: readonly string[], uid?: string): Promise<void> {
    await this.#change(name, uid, (object) => {
      const owners = object.metadata.ownerReferences ?? [];
      const kept = owners.filter((owner) => !uids.includes(owner.uid));
      if (kept.length === owners.length) return false;
      object.metadata.ownerReferences = kept;
      if (kept.length === 0) delete object.metadata.ownerReferences;
      return true;
    });
  }

  async #unblockOwners(item: Item): Promise<void> {
    await this.#change(item, item.uid, (object) => {
      for (const owner of object.metadata.ownerReferences ?? []) owner.blockOwnerDeletion = false;
      return true;
    });
  }

  async #removeFinalizer(item: Item, finalizer: string): Promise<void> {
    await this.#change(item, item.uid, (object) => {
      const { finalizers = [] } = object.metadata;
      if (!finalizers.includes(finalizer)) return false;
      object.metadata.finalizers = finalizers.filter((one) => one !== finalizer);
      if (object.metadata.finalizers.length === 0) delete object.metadata.finalizers;
      return true;
    });
  }

  async #change(
    { group, resource, namespace, name }: ObjectName,
    uid: string | undefined,
    change: (object: KubernetesObject) => boolean,
  ): Promise<void> {
    const store = this.#context.stores.store(group, resource);
    await changeObject(store, this.#context.clock, { namespace, name, ...(uid && { uid }), change });
  }
}
