/**
 * Feeds the owner graph from every resource that can be deleted, built-in or custom, and says whose turn it
 * is: an object that names owners, one that is held by a collector's finalizer, and those whose owner has
 * gone.
 */
import type { Timer } from "@quorate/base";
import type { StoredObject } from "@quorate/registry";
import type { ResourceTable } from "@quorate/schema";
import type { ControllerContext } from "../controller.ts";
import { ObjectFollower } from "../object-follower.ts";
import { storedResources } from "../stored-resources.ts";
import { objectKeyOf, resourceKeyOf } from "./object-key.ts";
import type { OwnerGraph } from "./owner-graph.ts";
import { FOREGROUND, ORPHAN } from "./owner-lookup.ts";

/** Looked for in an object's bytes, so that the many objects that concern nobody are never decoded. */
const OWNERS_MARK = Buffer.from('"ownerReferences"');
const DELETION_MARK = Buffer.from('"deletionTimestamp"');
/** How often the served resources are compared with those followed. */
const RESOURCES_MS = 1_000;
/** Events are many, short-lived, and own nothing. */
const IGNORED = "/events";

/** What it feeds, and whom it tells. */
export interface OwnerWatchOptions {
  readonly context: ControllerContext;
  readonly graph: OwnerGraph;
  /** An object needs to be looked at. */
  readonly due: (key: string) => void;
}

/** Keeps the graph true to the caches; follows resources that come later, drops those that go. */
export class OwnerWatch {
  readonly #options: OwnerWatchOptions;
  readonly #followers = new Map<string, ObjectFollower>();
  /** Owners that are held until their dependents are gone: key by uid. */
  readonly #waiting = new Map<string, string>();
  #generation = -1;
  #timer: Timer | undefined;

  constructor(options: OwnerWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { schema, clock } = this.#options.context;
    if (schema.generation !== this.#generation) {
      this.#generation = schema.generation;
      this.#follow(storedResources(schema, ["list", "watch", "delete"]));
    }
    this.#timer = clock.setTimer(RESOURCES_MS, () => this.start());
  }

  stop(): void {
    this.#timer?.cancel();
    for (const follower of this.#followers.values()) follower.stop();
    this.#followers.clear();
  }

  /** Resolves once all that the caches know is in the graph. */
  async untilCaughtUp(): Promise<void> {
    await Promise.all([...this.#followers.values()].map((follower) => follower.untilCaughtUp()));
  }

  #follow(resources: readonly ResourceTable[]): void {
    const { stores, clock, log } = this.#options.context;
    const wanted = new Map(resources.map((resource) => [resourceKeyOf(resource), resource]));
    wanted.delete(IGNORED);
    for (const [key, follower] of this.#followers) {
      if (wanted.has(key)) continue;
      follower.stop();
      this.#followers.delete(key);
      this.#options.graph.removeResource(key);
    }
    for (const [key, { group, resource }] of wanted) {
      if (this.#followers.has(key)) continue;
      let isFirst = true;
      const follower = new ObjectFollower(
        { store: stores.store(group, resource), clock, log },
        {
          seen: (object) => this.#seen(key, object),
          gone: (object) => this.#gone(key, object),
          restarted: () => {
            if (!isFirst) this.#lookAtAll(key);
            isFirst = false;
          },
        },
      );
      this.#followers.set(key, follower);
      follower.start();
    }
  }

  /** Deletions may have been missed: everybody's owners are looked at again. */
  #lookAtAll(resourceKey: string): void {
    const { graph, due } = this.#options;
    graph.removeResource(resourceKey);
    for (const { key } of graph.all()) due(key);
  }

  #seen(resourceKey: string, object: StoredObject): void {
    const { graph, due } = this.#options;
    const key = objectKeyOf(resourceKey, object.namespace, object.name);
    const known = graph.find(key);
    const hasOwners = object.json.includes(OWNERS_MARK);
    if (!hasOwners && !known && !object.json.includes(DELETION_MARK)) return;
    const { uid = "", ownerReferences = [], finalizers = [], deletionTimestamp } = object.decode().metadata;
    const isDeletingDependents = deletionTimestamp !== undefined && finalizers.includes(FOREGROUND);
    if (ownerReferences.length > 0) {
      graph.set({ key, resourceKey, owners: ownerReferences, isDeletingDependents });
    } else {
      graph.remove(key);
    }
    if (known) this.#wakeOwners(known.owners);
    if (isDeletingDependents) {
      this.#waiting.set(uid, key);
      for (const dependent of graph.dependentsOf(uid)) due(dependent.key);
    }
    const isOrphaning = deletionTimestamp !== undefined && finalizers.includes(ORPHAN);
    if (isDeletingDependents || isOrphaning || ownerReferences.length > 0) due(key);
  }

  #gone(resourceKey: string, object: StoredObject): void {
    const { graph, due } = this.#options;
    const key = objectKeyOf(resourceKey, object.namespace, object.name);
    const known = graph.find(key);
    graph.remove(key);
    if (known) this.#wakeOwners(known.owners);
    if (graph.size === 0 && this.#waiting.size === 0) return;
    const { uid = "" } = object.decode().metadata;
    this.#waiting.delete(uid);
    for (const dependent of graph.dependentsOf(uid)) due(dependent.key);
  }

  /** Owners that wait for this object may have one less to wait for. */
  #wakeOwners(owners: readonly { readonly uid: string }[]): void {
    for (const { uid } of owners) {
      const key = this.#waiting.get(uid);
      if (key !== undefined) this.#options.due(key);
    }
  }
}
