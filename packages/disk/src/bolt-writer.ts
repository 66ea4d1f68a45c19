/**
 * A bbolt file as a stream. Its first page names its root and its length, which are known only at the end, so
 * the content is walked twice: `measureBolt` counts the pages, `writeBolt` makes them. Memory is bounded by a
 * few pages, and nothing is written anywhere on the way.
 */
import { CodedError } from "@quorate/base";
import {
  BOLT_PAGE_BYTES,
  type BoltEntry,
  BUCKET_BYTES,
  encodeMetaPage,
  PAGE_FLAG,
  writeNumber,
  writePageHeader,
} from "./bolt-format.ts";
import { type BoltSink, BoltTree } from "./bolt-tree.ts";

/** A bucket and its entries in key order, page by page. */
export interface BoltBucket {
  readonly name: string;
  readonly entries: AsyncIterable<readonly BoltEntry[]>;
}

/** How long a file will be. */
export interface BoltLayout {
  readonly rootPage: number;
  readonly pageCount: number;
  readonly bytes: number;
}

const FREELIST_PAGE = 2;
const FIRST_PAGE = 3;
/** Even, so that it stands in page 0; the other meta page has the one before. */
const TRANSACTION = 2;
/** Bound: bytes that gather before they leave. */
const CHUNK_BYTES = 256 * 1024;

/** Counts pages, and keeps what is encoded until it is taken. */
class Pages implements BoltSink {
  readonly #encodes: boolean;
  #next = FIRST_PAGE;
  #made: Buffer[] = [];
  #bytes = 0;

  constructor(encodes: boolean) {
    this.#encodes = encodes;
  }

  get count(): number {
    return this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(pages: number, encode: (id: number) => Buffer): number {
    const id = this.#next;
    this.#next += pages;
    if (this.#encodes) this.push(encode(id));
    return id;
  }

  push(page: Buffer): void {
    this.#made.push(page);
    this.#bytes += page.length;
  }

  take(): Buffer {
    const made = this.#made.length === 1 ? this.#made[0]! : Buffer.concat(this.#made);
    this.#made = [];
    this.#bytes = 0;
    return made;
  }
}

/** Lays the buckets out; yields whenever a chunk is full, returns the root's page. */
async function* layOut(buckets: Iterable<BoltBucket>, pages: Pages): AsyncGenerator<Buffer, number> {
  const roots: [string, number][] = [];
  for (const { name, entries } of buckets) {
    const tree = new BoltTree(pages);
    for await (const page of entries) {
      for (const [key, value] of page) {
        tree.add(key, value);
        if (pages.bytes >= CHUNK_BYTES) yield pages.take();
      }
    }
    roots.push([name, tree.finish()]);
  }
  roots.sort(([a], [b]) => (a < b ? -1 : 1));
  const root = new BoltTree(pages, true);
  for (const [name, page] of roots) {
    const value = Buffer.alloc(BUCKET_BYTES);
    writeNumber(value, page, 0);
    root.add(Buffer.from(name), value);
  }
  return root.finish();
}

/** The size of the file that `writeBolt` makes of the same buckets. */
export async function measureBolt(buckets: Iterable<BoltBucket>): Promise<BoltLayout> {
  const pages = new Pages(false);
  const step = await layOut(buckets, pages).next();
  const rootPage = step.value as number;
  return { rootPage, pageCount: pages.count, bytes: pages.count * BOLT_PAGE_BYTES };
}

/**
 * The file's bytes. `buckets` must hold what they held when `layout` was measured: rejects with
 * SNAPSHOT_BROKEN where they do not, after the bytes are out, so whoever takes them must not count them as
 * whole before the end.
 */
export async function* writeBolt(buckets: Iterable<BoltBucket>, layout: BoltLayout): AsyncGenerator<Buffer> {
  const pages = new Pages(true);
  for (const transaction of [TRANSACTION, TRANSACTION - 1]) {
    pages.push(encodeMetaPage({ ...layout, transaction }, FREELIST_PAGE));
  }
  const freelist = Buffer.alloc(BOLT_PAGE_BYTES);
  writePageHeader(freelist, { id: FREELIST_PAGE, flags: PAGE_FLAG.freelist, count: 0, overflow: 0 });
  pages.push(freelist);
  const rootPage = yield* layOut(buckets, pages);
  if (rootPage !== layout.rootPage || pages.count !== layout.pageCount) {
    throw new CodedError("SNAPSHOT_BROKEN", "the state changed while its snapshot was written");
  }
  yield pages.take();
}
