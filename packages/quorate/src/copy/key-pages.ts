/**
 * A key space in pages at one revision, so that what is read is one state, however long the reading takes.
 */
import { prefixEnd } from "@quorate/base";
import type { KeyValue, Kv, Revision } from "@quorate/mvcc";

/** What is read. */
export interface KeyPagesOptions {
  /** All keys that begin with it; "" for all. */
  readonly prefix: string;
  readonly revision: Revision;
}

/** One page, and how many keys there are in all. */
export interface KeyPage {
  readonly kvs: readonly KeyValue[];
  readonly total: number;
}

/** Bound: bytes that a page is meant to have; the number of keys follows from what was seen. */
const PAGE_BYTES = 2 * 2 ** 20;
const PAGE_KEYS_FIRST = 100;
const PAGE_KEYS_MAX = 2_000;
const FIRST_KEY = Buffer.from([0]);

/** The keys that a prefix stands for, as a range. */
export function rangeOf(prefix: string): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array } {
  const key = Buffer.from(prefix);
  return key.length === 0 ? { key: FIRST_KEY, rangeEnd: FIRST_KEY } : { key, rangeEnd: prefixEnd(key) };
}

/** Reads page after page in the order of keys. Throws COMPACTED where the revision is gone meanwhile. */
export async function* keyPages(kv: Kv, { prefix, revision }: KeyPagesOptions): AsyncGenerator<KeyPage> {
  let { key, rangeEnd } = rangeOf(prefix);
  let limit = PAGE_KEYS_FIRST;
  let before = 0;
  for (;;) {
    const { kvs, count, more } = await kv.range({ key, rangeEnd, revision, limit, serializable: true });
    yield { kvs, total: before + count };
    const last = kvs.at(-1);
    if (!more || !last) return;
    before += kvs.length;
    key = Buffer.concat([last.key, FIRST_KEY]);
    const bytes = kvs.reduce((sum, pair) => sum + pair.key.length + pair.value.length, 0);
    limit = Math.max(1, Math.min(PAGE_KEYS_MAX, Math.floor((limit * PAGE_BYTES) / Math.max(1, bytes))));
  }
}
