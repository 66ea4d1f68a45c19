/**
 * What all stores of one key prefix share: the cache, the feed behind it, and the store. Both event APIs, and
 * all versions of a resource, stand on one.
 */
import { type Clock, hasCode } from "@quorate/base";
import type { Kv } from "@quorate/mvcc";
import type { ChangeFeed } from "./cache/change-feed.ts";
import { ObjectTree } from "./cache/object-tree.ts";
import { readPrefix } from "./cache/read-prefix.ts";
import type { ResourceCache } from "./cache/resource-cache.ts";
import type { CacheFreshness } from "./cache-freshness.ts";
import { HistoryReach } from "./history-reach.ts";
import { statusOfKvError } from "./kv-status.ts";

/** What a base is made of. */
export interface ResourceBaseOptions {
  readonly kv: Kv;
  readonly clock: Clock;
  readonly cache: ResourceCache;
  readonly feed: ChangeFeed;
  readonly freshness: CacheFreshness;
  /** Resolves once the cache has loaded. */
  readonly loaded: () => Promise<void>;
}

/** The common ground of the stores of one key prefix. */
export class ResourceBase {
  readonly kv: Kv;
  readonly clock: Clock;
  readonly cache: ResourceCache;
  readonly feed: ChangeFeed;
  readonly freshness: CacheFreshness;
  readonly loaded: () => Promise<void>;
  readonly history: HistoryReach;
  /** States that are being read from the store, so that readers of one revision share the work. */
  readonly #reading = new Map<number, Promise<ObjectTree>>();

  constructor(options: ResourceBaseOptions) {
    this.kv = options.kv;
    this.clock = options.clock;
    this.cache = options.cache;
    this.feed = options.feed;
    this.freshness = options.freshness;
    this.loaded = options.loaded;
    this.history = new HistoryReach(this.kv, this.clock, this.cache.prefix);
  }

  /**
   * The state at a revision that the cache no longer has. Throws COMPACTED where the store has not either.
   */
  readState(revision: number): Promise<ObjectTree> {
    let reading = this.#reading.get(revision);
    if (!reading) {
      reading = this.#read(revision).finally(() => this.#reading.delete(revision));
      this.#reading.set(revision, reading);
    }
    return reading;
  }

  async #read(revision: number): Promise<ObjectTree> {
    const { cache } = this;
    const tree = ObjectTree.empty();
    try {
      for await (const kvs of readPrefix(this.kv, cache.prefix, revision)) {
        for (const kv of kvs) {
          const key = cache.keyOf(kv.key);
          tree.set(key, cache.known(key, kv.modRevision, kv.value));
        }
      }
    } catch (error) {
      throw hasCode(error, "COMPACTED") ? error : statusOfKvError(error);
    }
    return cache.rememberState(revision, tree, this.clock.now());
  }
}
