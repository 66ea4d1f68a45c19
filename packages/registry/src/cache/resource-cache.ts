/**
 * The state of one key prefix: objects, recent events, waiting watchers. Fed by the server's one change feed;
 * it holds no lock and does no I/O. Invariant: tree = state of the store at the feed's revision, ring = the
 * changes that led there.
 */
import { BytePool, type Clock } from "@quorate/base";
import type { KubernetesObject } from "@quorate/object";
import { CacheEvent } from "./cache-event.ts";
import { CachedObject, type ForeignReader } from "./cached-object.ts";
import { EventRing } from "./event-ring.ts";
import { ObjectTree } from "./object-tree.ts";
import { WakeList } from "./wake-list.ts";

/** Bound: past states kept for paged lists and exact reads. */
const SNAPSHOTS_MAX = 32;
const NAMESPACES_MAX = 10_000;

interface PastState {
  readonly tree: ObjectTree;
  readonly usedMs: number;
}

/** What a cache is made for. */
export interface ResourceCacheOptions {
  readonly prefix: string;
  readonly namespaced: boolean;
  readonly clock: Clock;
  readonly readForeign: ForeignReader;
}

/** The cache of one key prefix. */
export class ResourceCache {
  readonly prefix: string;
  readonly #prefixBytes: Buffer;
  readonly namespaced: boolean;
  readonly waiting: WakeList;
  readonly #readForeign: ForeignReader;
  readonly #pool = new BytePool();
  readonly #namespaces = new Map<string, string>();
  #lastNamespace = "";
  #tree = ObjectTree.empty();
  #ring: EventRing;
  readonly #snapshots = new Map<number, PastState>();
  /** Revision of the newest change to this resource: states between it and the feed's revision are alike. */
  #changedAt = 0;
  #isLoaded = false;

  constructor({ prefix, namespaced, clock, readForeign }: ResourceCacheOptions) {
    this.waiting = new WakeList(clock);
    this.prefix = prefix;
    this.#prefixBytes = Buffer.from(prefix);
    this.namespaced = namespaced;
    this.#readForeign = readForeign;
    this.#ring = new EventRing(0);
  }

  /** The revision of the newest change to this resource. */
  get changedAt(): number {
    return this.#changedAt;
  }

  get tree(): ObjectTree {
    return this.#tree;
  }

  get ring(): EventRing {
    return this.#ring;
  }

  /** Whether the state has been loaded once; a reload keeps what is there until it is done. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Takes over a whole state as of `revision`: what came before in the ring is forgotten. */
  install(tree: ObjectTree, revision: number): void {
    this.#tree = tree;
    this.#ring = new EventRing(revision);
    this.#snapshots.clear();
    this.#changedAt = revision;
    this.#isLoaded = true;
  }

  /**
   * The object of a stored value; the cached one where it is of the same revision, so that nothing is kept
   * twice.
   */
  known(key: string, revision: number, value: Uint8Array): CachedObject {
    const cached = this.#tree.get(key);
    return cached?.revision === revision ? cached : this.objectOf(key, revision, value);
  }

  /** A put at `revision`. */
  put(key: string, revision: number, value: Uint8Array, nowMs: number): void {
    const object = this.objectOf(key, revision, value);
    const previous = this.#tree.get(key);
    this.#tree.set(key, object);
    this.#push(new CacheEvent(revision, key, object, previous, nowMs));
  }

  delete(key: string, revision: number, nowMs: number): void {
    const previous = this.#tree.get(key);
    if (!previous) return;
    this.#tree.delete(key);
    this.#push(new CacheEvent(revision, key, undefined, previous, nowMs));
  }

  #push(event: CacheEvent): void {
    this.#changedAt = event.revision;
    const sequence = this.#ring.end;
    this.#ring.push(event);
    this.waiting.wake(event.key, sequence);
  }

  /** Whether a key in the store is below this cache's prefix. */
  owns(stored: Uint8Array): boolean {
    const prefix = this.#prefixBytes;
    if (stored.length <= prefix.length) return false;
    return prefix.compare(stored, 0, prefix.length) === 0;
  }

  /** The key of an object here, of its key in the store. */
  keyOf(stored: Uint8Array): string {
    const key = Buffer.isBuffer(stored)
      ? stored
      : Buffer.from(stored.buffer, stored.byteOffset, stored.length);
    return key.toString("utf8", this.#prefixBytes.length);
  }

  /** An object of this resource that need not be in the cache. `value` is copied. */
  objectOf(key: string, revision: number, value: Uint8Array): CachedObject {
    const slash = this.namespaced ? key.indexOf("/") : -1;
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length);
    const namespace = slash < 0 ? "" : this.#namespaceOf(key, slash);
    const name = key.slice(slash + 1);
    return CachedObject.ofStored({ namespace, name, revision }, bytes, this.#readForeign, this.#pool);
  }

  /** What a dry run would have written: it has the version that the client has sent, or none. */
  dryObject(key: string, object: KubernetesObject): CachedObject {
    const slash = this.namespaced ? key.indexOf("/") : -1;
    const json = Buffer.from(JSON.stringify(object));
    return new CachedObject(slash < 0 ? "" : key.slice(0, slash), key.slice(slash + 1), 0, json);
  }

  /** One string for all objects of a namespace. */
  #namespaceOf(key: string, slash: number): string {
    const last = this.#lastNamespace;
    if (slash === last.length && key.startsWith(last)) return last;
    const namespace = key.slice(0, slash);
    let known = this.#namespaces.get(namespace);
    if (known === undefined) {
      // Bound: what is forgotten here costs a string an object.
      if (this.#namespaces.size >= NAMESPACES_MAX) this.#namespaces.clear();
      this.#namespaces.set(namespace, namespace);
      known = namespace;
    }
    this.#lastNamespace = known;
    return known;
  }

  /**
   * The state at a past revision; undefined where the ring does not reach back so far. `feedRevision` is
   * where the feed stands. The tree must not be changed.
   */
  stateAt(revision: number, feedRevision: number, nowMs: number): ObjectTree | undefined {
    if (revision >= this.#changedAt && revision <= feedRevision)
      return this.rememberState(revision, this.#tree.snapshot(), nowMs);
    const known = this.#snapshots.get(revision);
    if (known) return this.rememberState(revision, known.tree, nowMs);
    if (revision < this.#ring.completeSince || revision > feedRevision) return undefined;
    const tree = this.#tree.snapshot();
    for (let sequence = this.#ring.end - 1; sequence >= this.#ring.first; sequence--) {
      const event = this.#ring.at(sequence);
      if (event.revision <= revision) break;
      if (event.previous) tree.set(event.key, event.previous);
      else tree.delete(event.key);
    }
    return this.rememberState(revision, tree, nowMs);
  }

  /** Keeps a state for the pages that follow, and gives it back; the one used least recently goes. */
  rememberState(revision: number, tree: ObjectTree, nowMs: number): ObjectTree {
    this.#snapshots.delete(revision);
    this.#snapshots.set(revision, { tree, usedMs: nowMs });
    if (this.#snapshots.size > SNAPSHOTS_MAX) {
      for (const oldest of this.#snapshots.keys()) {
        this.#snapshots.delete(oldest);
        break;
      }
    }
    return tree;
  }

  /** Forgets states that were used last before `sinceMs`. */
  dropStatesUnused(sinceMs: number): void {
    for (const [revision, { usedMs }] of this.#snapshots) {
      if (usedMs < sinceMs) this.#snapshots.delete(revision);
    }
  }
}
