/**
 * Everything below a prefix at one revision, page by page, so that no answer is large and others come
 * between. The next page is made while its reader is busy with the one before.
 */
import { setImmediate } from "node:timers/promises";
import { prefixEnd } from "@quorate/base";
import type { KeyValue, Kv, RangeResponse } from "@quorate/mvcc";

/** Bound: a page is to be of so many bytes, by what the keys of the page before took, and of no more keys. */
const PAGE_BYTES = 256 << 10;
const PAGE_KEYS_MAX = 1_000;
const FIRST_PAGE_KEYS = 64;

/**
 * The bytes of a page are valid until the next one is asked for. Throws COMPACTED where the store no longer
 * has the revision.
 */
export async function* readPrefix(
  kv: Kv,
  prefix: string,
  revision: number,
): AsyncGenerator<readonly KeyValue[]> {
  const rangeEnd = prefixEnd(Buffer.from(prefix));
  const read = (key: Uint8Array, limit: number): Promise<RangeResponse> =>
    kv.range({ key, rangeEnd, limit, revision, serializable: true });
  let next = read(Buffer.from(prefix), FIRST_PAGE_KEYS);
  for (;;) {
    const { kvs, more, release } = await next;
    const last = kvs[kvs.length - 1];
    const isLast = !more || !last;
    if (!isLast) {
      next = read(Buffer.concat([last.key, Buffer.from([0])]), keysOfNext(kvs));
      // Whoever breaks off does not want to hear of it.
      next.catch(() => {});
      // Lets the question leave before this thread is busy.
      await setImmediate();
    }
    yield kvs;
    release?.();
    if (isLast) return;
  }
}

function keysOfNext(kvs: readonly KeyValue[]): number {
  let bytes = 0;
  for (const { key, value } of kvs) bytes += key.length + value.length;
  return Math.max(1, Math.min(PAGE_KEYS_MAX, Math.floor((PAGE_BYTES * kvs.length) / bytes)));
}
