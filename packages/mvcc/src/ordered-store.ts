/**
 * The `OrderedStore` port: a map of byte strings in byte order that keeps the applied state. Writes are not
 * synced one by one: the log is what is durable, and it is trimmed only below an applied index that a synced
 * write has covered. The owner ships a contract suite (`src/contract`) that runs on the memory twin and on
 * the real adapter.
 */

export type StoreWrite =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array };

export interface StoreRange {
  /** Inclusive; absent: from the first key. */
  readonly start?: Uint8Array;
  /** Exclusive; absent: to the last key. */
  readonly end?: Uint8Array;
}

export interface OrderedStore {
  /**
   * The newest written value, also of a write whose promise is still pending. The caller must not change the
   * bytes.
   */
  getSync(key: Uint8Array): Uint8Array | undefined;
  /**
   * Pages of entries in key order, seen as of the call. At most `pageSize` (default 1,000) entries a page.
   * Values that are `transient` are valid only until the next page is asked for: their memory is used again
   * at once.
   */
  pages(
    range: StoreRange,
    pageSize?: number,
    options?: { readonly transient?: boolean },
  ): AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]>;
  /**
   * Atomic. Batches become visible in the order of the calls; with `sync`, it and all before are durable at
   * return.
   */
  write(batch: readonly StoreWrite[], options?: { readonly sync?: boolean }): Promise<void>;
  /**
   * Gives the space of what was deleted back to the disk, by rewriting what is left; stores that do so by
   * themselves have none.
   */
  reclaim?(): Promise<void>;
  /** Approximate bytes on disk (in memory for the twin). */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
