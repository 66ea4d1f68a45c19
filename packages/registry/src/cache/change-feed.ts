/**
 * The server's one feed: loads everything below the root once, then follows one watch, and hands each change to the cache
 * of its prefix. After a lost connection it goes on from its last revision; where that is compacted it loads anew, and
 * never lets the caches go back behind what they have served.
 */
import type { Clock } from "@quorate/base";
import { hasCode, prefixEnd } from "@quorate/base";
import type { Kv, Watch, WatchBatch } from "@quorate/mvcc";
import type { ResourceCache } from "./resource-cache.ts";

const PAGE_KEYS = 1_000;
const RETRY_MS = 100;

interface RevisionWaiter {
  readonly revision: number;
  readonly resolve: () => void;
}

export class ChangeFeed {
  readonly #kv: Kv;
  readonly #clock: Clock;
  readonly #root: string;
  readonly #caches = new Map<string, ResourceCache>();
  #revision = 0;
  #watch: Watch | undefined;
  #closed = false;
  #waiters: RevisionWaiter[] = [];
  /** Calls that want to know when the caches were rebuilt: their watchers have lost their place. */
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

  /** A read found the store at `revision` with nothing of ours changed up to it: the caches stand there, too. */
  observe(revision: number): void {
    if (revision > this.#revision) this.#advance(revision);
  }

  add(cache: ResourceCache): void {
    this.#caches.set(cache.prefix, cache);
  }

  onRebuilt(callback: () => void): void {
    this.#onRebuilt.push(callback);
  }

  /** Loads and starts to follow; tries again until the store answers or the feed is closed. */
  async start(): Promise<void> {
    for (;;) {
      try {
        await this.#load();
        return;
      } catch (error) {
        if (this.#closed) return;
        if (hasCode(error, "STOPPED")) throw error;
        await new Promise<void>((resolve) => {
          this.#clock.setTimer(RETRY_MS, resolve);
        });
      }
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
  }

  async #load(): Promise<void> {
    const revision = await this.#kv.barrier();
    for (const cache of this.#caches.values()) cache.reset(revision);
    const end = prefixEnd(Buffer.from(this.#root));
    let key: Uint8Array = Buffer.from(this.#root);
    for (;;) {
      const page = await this.#kv.range({
        key,
        rangeEnd: end,
        limit: PAGE_KEYS,
        revision,
        serializable: true,
      });
      for (const kv of page.kvs) {
        const found = this.#find(kv.key);
        if (found) found.cache.load(found.key, kv.modRevision, kv.value);
      }
      const last = page.kvs[page.kvs.length - 1];
      if (!page.more || !last) break;
      key = Buffer.concat([last.key, Buffer.from([0])]);
    }
    this.#advance(revision);
    this.#follow();
  }

  #follow(): void {
    if (this.#closed) return;
    this.#watch = this.#kv.watch(
      {
        key: Buffer.from(this.#root),
        rangeEnd: prefixEnd(Buffer.from(this.#root)),
        startRevision: this.#revision + 1,
      },
      { batch: (batch) => this.#apply(batch), closed: (error) => this.#ended(error) },
    );
  }

  #apply(batch: WatchBatch): void {
    const now = this.#clock.now();
    for (const change of batch.changes) {
      const found = this.#find(change.kv.key);
      if (!found) continue;
      if (change.type === "put") found.cache.put(found.key, change.kv.modRevision, change.kv.value, now);
      else found.cache.delete(found.key, change.kv.modRevision, now);
    }
    this.#advance(batch.revision);
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
    if (this.#closed || hasCode(error, "STOPPED")) return;
    this.#clock.setTimer(RETRY_MS, () => {
      if (this.#closed) return;
      if (hasCode(error, "COMPACTED", "SLOW_WATCHER")) void this.#rebuild();
      else this.#follow();
    });
  }

  async #rebuild(): Promise<void> {
    await this.start();
    for (const callback of this.#onRebuilt) callback();
  }

  /** The cache that a key belongs to, and the key's rest: prefixes have two or three segments. */
  #find(bytes: Uint8Array): { readonly cache: ResourceCache; readonly key: string } | undefined {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    let end = key.indexOf("/", this.#root.length);
    for (let segments = 0; segments < 2 && end >= 0; segments++) {
      const cache = this.#caches.get(key.slice(0, end + 1));
      if (cache) return { cache, key: key.slice(end + 1) };
      end = key.indexOf("/", end + 1);
    }
    return undefined;
  }
}
