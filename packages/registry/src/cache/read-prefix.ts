/**
 * Everything below a prefix at one revision, page by page, so that no answer is large and others come
 * between.
 */
import { prefixEnd } from "@quorate/base";
import type { KeyValue, Kv } from "@quorate/mvcc";

const PAGE_KEYS = 1_000;

/** Throws COMPACTED where the store no longer has the revision. */
export async function* readPrefix(
  kv: Kv,
  prefix: string,
  revision: number,
): AsyncGenerator<readonly KeyValue[]> {
  const rangeEnd = prefixEnd(Buffer.from(prefix));
  let key: Uint8Array = Buffer.from(prefix);
  for (;;) {
    const page = await kv.range({ key, rangeEnd, limit: PAGE_KEYS, revision, serializable: true });
    yield page.kvs;
    const last = page.kvs[page.kvs.length - 1];
    if (!page.more || !last) return;
    key = Buffer.concat([last.key, Buffer.from([0])]);
  }
}
