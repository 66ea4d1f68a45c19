/**
 * Who depends on whom: the objects that name owners, found by the uid of an owner. Objects without owners
 * take no place in it, so it grows with the references, not with the cluster.
 *
 *   ReplicaSet r (owner Deployment d, blocking)   ->   dependentsOf(d) = [r], blockersOf(d) = [r]
 */
import type { OwnerReference } from "@quorate/object";

/** An object that names owners. */
export interface Dependent {
  /** Names the object over all resources. */
  readonly key: string;
  readonly resourceKey: string;
  readonly owners: readonly OwnerReference[];
  /** It is itself held until its own dependents are gone. */
  readonly isDeletingDependents: boolean;
}

/** Objects by the uids of the owners that they name, as they were told last. */
export class OwnerGraph {
  readonly #byKey = new Map<string, Dependent>();
  readonly #byOwner = new Map<string, Set<Dependent>>();

  get size(): number {
    return this.#byKey.size;
  }

  find(key: string): Dependent | undefined {
    return this.#byKey.get(key);
  }

  /** Replaces what is known of the object. */
  set(dependent: Dependent): void {
    this.remove(dependent.key);
    this.#byKey.set(dependent.key, dependent);
    for (const { uid } of dependent.owners) {
      const siblings = this.#byOwner.get(uid);
      if (siblings) siblings.add(dependent);
      else this.#byOwner.set(uid, new Set([dependent]));
    }
  }

  remove(key: string): void {
    const known = this.#byKey.get(key);
    if (!known) return;
    this.#byKey.delete(key);
    for (const { uid } of known.owners) {
      const siblings = this.#byOwner.get(uid);
      siblings?.delete(known);
      if (siblings?.size === 0) this.#byOwner.delete(uid);
    }
  }

  /** Forgets the objects of a resource. */
  removeResource(resourceKey: string): void {
    for (const dependent of [...this.#byKey.values()]) {
      if (dependent.resourceKey === resourceKey) this.remove(dependent.key);
    }
  }

  all(): IterableIterator<Dependent> {
    return this.#byKey.values();
  }

  dependentsOf(uid: string): readonly Dependent[] {
    return [...(this.#byOwner.get(uid) ?? [])];
  }

  /** Those whose reference says that they block the owner's deletion. */
  blockersOf(uid: string): readonly Dependent[] {
    return this.dependentsOf(uid).filter(({ owners }) =>
      owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    );
  }
}
