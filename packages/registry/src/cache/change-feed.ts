/**
 * The server's one feed: loads everything below the root once, then follows one watch, and hands each change
 * to the cache of its prefix. After a lost connection it goes on from its last revision; where that is
 * compacted it loads anew, and never lets the caches go back behind what they have served.
 */
import type { Clock } from "@quorate/base";
import { CodedError, hasCode, prefixEnd } from "@quorate/base";
import type { Change, Kv, Watch, WatchBatch } from "@quorate/mvcc";
import { ObjectTree } from "./object-tree.ts";
import { readPrefix } from "./read-prefix.ts";
import type { ResourceCache } from "./resource-cache.ts";

const RETRY_MS = 100;

interface RevisionWaiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/** Keeps caches in step with the store. */
export class ChangeFeed {
  readonly #kv: Kv;
  readonly #clock: Clock;
  readonly #root: string;
  readonly #caches = new Map<string, ResourceCache>();
  /** The cache that the last key belonged to, while it is one of them. */
  #lastFound: ResourceCache | undefined;
  /** Caches that were added later and are being read: what changes meanwhile. */
  readonly #attaching = new Map<ResourceCache, Change[]>();
  #revision = 0;
  #watch: Watch | undefined;
  #closed = false;
  #waiters: RevisionWaiter[] = [];
  #followWaiters: (() => void)[] = [];
  readonly #onRebuilt: (() => void)[] = [];

  constructor(kv: Kv, clock: Clock, root: string) {
    this.#kv = kv;
    this.#clock = clock;
    this.#root = root;
  }

  /** Every change up to this revision is in the caches. */
  get revision(): number {
    return this.#revision;
  }

  add(cache: ResourceCache): void {
    this.#caches.set(cache.prefix, cache);
    this.#lastFound = undefined;
  }

  remove(cache: ResourceCache): void {
    this.#caches.delete(cache.prefix);
    this.#lastFound = undefined;
    this.#attaching.delete(cache);
  }

  /** Adds a cache to a running feed; resolves when it stands where the feed stands. */
  async attach(cache: ResourceCache): Promise<void> {
    this.#caches.set(cache.prefix, cache);
    this.#lastFound = undefined;
    while (!this.#closed && this.#caches.get(cache.prefix) === cache && !cache.isLoaded) {
      const changes: Change[] = [];
      this.#attaching.set(cache, changes);
      try {
        const revision = await this.catchUp();
        const tree = await this.#read([cache], revision);
        if (cache.isLoaded || this.#attaching.get(cache) !== changes) continue;
        cache.install(tree.get(cache)!, revision);
        this.#attaching.delete(cache);
        const now = this.#clock.now();
        for (const change of changes) if (change.kv.modRevision > revision) this.#applyChange(change, now);
      } catch (error) {
        if (hasCode(error, "STOPPED")) throw error;
        await this.#pause();
      }
    }
  }

  /** Calls back when the caches were rebuilt: their watchers have lost their place. */
  onRebuilt(callback: () => void): void {
    this.#onRebuilt.push(callback);
  }

  /** Loads and starts to follow; tries again until the store answers or the feed is closed. */
  async start(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#load();
        return;
      } catch (error) {
        if (hasCode(error, "STOPPED")) throw error;
        await this.#pause();
      }
    }
  }

  /**
   * Resolves when the caches have everything that was acknowledged before the call, with the revision that
   * this is. Safety: the answer of a barrier comes behind the changes that it covers only for a watch that
   * was open when the barrier was asked for, and is still: else the question is asked again.
   */
  async catchUp(timeoutMs?: number): Promise<number> {
    for (;;) {
      if (this.#closed) throw new CodedError("STOPPED", "the stores are closed");
      const watch = this.#watch;
      const revision = await this.#kv.barrier(timeoutMs === undefined ? undefined : { timeoutMs });
      if (this.#revision >= revision) return revision;
      if (watch && watch === this.#watch) {
        this.#advance(revision);
        return revision;
      }
      if (!this.#watch) await new Promise<void>((resolve) => this.#followWaiters.push(resolve));
    }
  }

  /** Resolves when the caches have `revision`; false where `limitMs` pass before. */
  async reach(revision: number, limitMs: number): Promise<boolean> {
    if (this.#revision >= revision) return true;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(limitMs, () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(false);
      });
      const waiter = {
        revision,
        resolve: () => {
          timer.cancel();
          resolve(true);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  close(): void {
    this.#closed = true;
    this.#watch?.cancel();
    this.#watch = undefined;
    this.#wakeFollowers();
  }

  async #load(): Promise<void> {
    const revision = await this.#kv.barrier();
    // Safety: what has been served at a revision is never served older, whatever the store says.
    if (revision < this.#revision)
      throw new Error(`the store went back from ${this.#revision} to ${revision}`);
    const caches = [...this.#caches.values()];
    const trees = await this.#read(caches, revision);
    if (this.#closed) return;
    for (const [cache, tree] of trees) {
      this.#attaching.delete(cache);
      cache.install(tree, revision);
    }
    this.#advance(revision);
    this.#follow();
  }

  /** The states of caches at a revision; what is in a cache already is not kept twice. */
  async #read(caches: readonly ResourceCache[], revision: number): Promise<Map<ResourceCache, ObjectTree>> {
    const trees = new Map(caches.map((cache) => [cache, ObjectTree.empty()]));
    const prefix = caches.length === 1 ? caches[0]!.prefix : this.#root;
    for await (const kvs of readPrefix(this.#kv, prefix, revision)) {
      for (const kv of kvs) {
        const found = this.#find(kv.key);
        if (!found) continue;
        trees.get(found.cache)?.set(found.key, found.cache.known(found.key, kv.modRevision, kv.value));
      }
    }
    return trees;
  }

  #follow(): void {
    if (this.#closed) return;
    const watch: Watch = this.#kv.watch(
      {
        key: Buffer.from(this.#root),
        rangeEnd: prefixEnd(Buffer.from(this.#root)),
        startRevision: this.#revision + 1,
      },
      {
        batch: (batch) => {
          if (this.#watch === watch) this.#apply(batch);
        },
        closed: (error) => {
          if (this.#watch === watch) this.#ended(error);
        },
      },
    );
    this.#watch = watch;
    this.#wakeFollowers();
  }

  #wakeFollowers(): void {
    const waiters = this.#followWaiters;
    this.#followWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #apply(batch: WatchBatch): void {
    const now = this.#clock.now();
    for (const change of batch.changes) this.#applyChange(change, now);
    this.#advance(batch.revision);
  }

  #applyChange(change: Change, nowMs: number): void {
    const found = this.#find(change.kv.key);
    if (!found) return;
    const { cache, key } = found;
    const attaching = this.#attaching.size > 0 ? this.#attaching.get(cache) : undefined;
    if (attaching) attaching.push(change);
    else if (change.type === "put") cache.put(key, change.kv.modRevision, change.kv.value, nowMs);
    else cache.delete(key, change.kv.modRevision, nowMs);
  }

  #advance(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.revision > revision);
    for (const waiter of waiters) if (waiter.revision <= revision) waiter.resolve();
  }

  #ended(error: Error | undefined): void {
    this.#watch = undefined;
    if (this.#closed) return;
    const resume = (): void => {
      if (this.#closed) return;
      if (hasCode(error, "COMPACTED")) void this.#rebuild();
      else this.#follow();
    };
    if (hasCode(error, "SLOW_WATCHER", "COMPACTED")) resume();
    else if (hasCode(error, "STOPPED")) this.#wakeFollowers();
    else this.#clock.setTimer(RETRY_MS, resume);
  }

  async #rebuild(): Promise<void> {
    await this.start().catch(() => undefined);
    if (this.#closed) return;
    for (const callback of this.#onRebuilt) callback();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(RETRY_MS, resolve);
    });
  }

  /** The cache that a key belongs to, and the key's rest: prefixes have two or three segments. */
  #find(bytes: Uint8Array): { readonly cache: ResourceCache; readonly key: string } | undefined {
    const last = this.#lastFound;
    // Keys mostly come in runs of one resource.
    if (last?.owns(bytes)) return { cache: last, key: last.keyOf(bytes) };
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    let end = key.indexOf("/", this.#root.length);
    for (let segments = 0; segments < 2 && end >= 0; segments++) {
      const cache = this.#caches.get(key.slice(0, end + 1));
      if (cache) {
        this.#lastFound = cache;
        // Decoded by itself: a slice would keep all of the text before it in memory.
        return { cache, key: cache.keyOf(bytes) };
      }
      end = key.indexOf("/", end + 1);
    }
    return undefined;
  }
}
