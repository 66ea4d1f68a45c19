/**
 * Reads a bbolt file, a page at a time, believing nothing of it: numbers and lengths are checked against the
 * page and the file, and keys must ascend over the whole bucket, so a damaged file is refused and never
 * followed in a circle.
 */
import { type FileHandle, open } from "node:fs/promises";
import { CodedError, compareBytes, messageOf } from "@quorate/base";
import {
  type BoltEntry,
  type BoltMeta,
  BUCKET_BYTES,
  BUCKET_ELEMENT,
  decodeMetaPage,
  ELEMENT_BYTES,
  PAGE_FLAG,
  PAGE_HEADER_BYTES,
  readNumber,
  readPageHeader,
} from "./bolt-format.ts";
import { type DiskErrorCode, diskError } from "./disk-error.ts";

/** Bound: levels of a tree, buckets within buckets not counted. */
const DEPTH_MAX = 32;
const PAGE_SIZES = Array.from({ length: 7 }, (_, i) => 1024 << i);
/** Bound: one page with what it goes on over, as bbolt's largest value and more. */
const PAGE_BYTES_MAX = 2 ** 31 - 1;

interface Bucket {
  readonly root: number;
  /** The only page of a bucket that lies within its element. */
  readonly inline: Buffer | undefined;
}

interface Element {
  readonly flags: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** An open file. */
export class BoltFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #meta: BoltMeta;
  readonly #buckets = new Map<string, Bucket>();

  private constructor(path: string, file: FileHandle, meta: BoltMeta) {
    this.path = path;
    this.#file = file;
    this.#meta = meta;
  }

  /** Opens the file as its newest whole transaction left it. Throws FILE_DAMAGED naming it. */
  static async open(path: string): Promise<BoltFile> {
    const file = await open(path, "r").catch((error: unknown) => {
      throw diskError(error, "opening", path);
    });
    try {
      const meta = await newestMeta(file);
      const { size } = await file.stat();
      if (!meta) throw damaged(path, "neither of its first two pages is whole");
      if (meta.pageCount * meta.pageBytes > size) throw damaged(path, "it is cut short");
      const bolt = new BoltFile(path, file, meta);
      for await (const page of bolt.#walk({ root: meta.rootPage, inline: undefined })) {
        for (const { flags, key, value } of page) {
          if (flags & BUCKET_ELEMENT) bolt.#buckets.set(key.toString(), bolt.#bucketOf(value));
        }
      }
      return bolt;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Names in order. */
  get buckets(): readonly string[] {
    return [...this.#buckets.keys()];
  }

  /** Bytes of all pages, which is what the file's own library calls its size. */
  get bytes(): number {
    return this.#meta.pageCount * this.#meta.pageBytes;
  }

  /**
   * The entries of a bucket in key order, a leaf at a time; none where there is no such bucket. Rejects with
   * FILE_DAMAGED.
   */
  async *entries(name: string): AsyncGenerator<readonly BoltEntry[]> {
    const bucket = this.#buckets.get(name);
    if (!bucket) return;
    for await (const page of this.#walk(bucket)) {
      yield page.filter(({ flags }) => !(flags & BUCKET_ELEMENT)).map(({ key, value }) => [key, value]);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #bucketOf(value: Buffer): Bucket {
    if (value.length < BUCKET_BYTES) throw damaged(this.path, "a bucket is cut short");
    const root = readNumber(value, 0);
    return { root, inline: root === 0 ? value.subarray(BUCKET_BYTES) : undefined };
  }

  async *#walk({ root, inline }: Bucket): AsyncGenerator<readonly Element[]> {
    if (inline && inline.length < PAGE_HEADER_BYTES) throw damaged(this.path, "a bucket is cut short");
    let last: Buffer | undefined;
    for await (const page of this.#descend(inline ?? (await this.#page(root)), 0)) {
      for (const { key } of page) {
        if (last && compareBytes(last, key) >= 0) throw damaged(this.path, "its keys are out of order");
        last = key;
      }
      yield page;
    }
  }

  async *#descend(page: Buffer, depth: number): AsyncGenerator<readonly Element[]> {
    const { id, flags, count } = readPageHeader(page);
    if (flags === PAGE_FLAG.leaf) {
      yield Array.from({ length: count }, (_, i) => this.#leafElement(page, id, i));
      return;
    }
    if (flags !== PAGE_FLAG.branch) throw damaged(this.path, `page ${id} is neither leaf nor branch`);
    if (depth >= DEPTH_MAX) throw damaged(this.path, `page ${id} lies too deep`);
    for (let i = 0; i < count; i++) {
      const child = readNumber(page, this.#elementAt(page, id, i) + 8);
      yield* this.#descend(await this.#page(child), depth + 1);
    }
  }

  async #page(id: number): Promise<Buffer> {
    const { pageBytes, pageCount } = this.#meta;
    if (id < 2 || id >= pageCount) throw damaged(this.path, `page ${id} is named and not there`);
    const first = await this.#read(id, 1);
    const { id: said, overflow } = readPageHeader(first);
    if (said !== id) throw damaged(this.path, `page ${id} says that it is page ${said}`);
    if (overflow === 0) return first;
    if (id + overflow >= pageCount || (overflow + 1) * pageBytes > PAGE_BYTES_MAX) {
      throw damaged(this.path, `page ${id} goes on behind the end`);
    }
    return Buffer.concat([first, await this.#read(id + 1, overflow)]);
  }

  async #read(id: number, pages: number): Promise<Buffer> {
    const { pageBytes } = this.#meta;
    const bytes = Buffer.allocUnsafe(pages * pageBytes);
    try {
      const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, id * pageBytes);
      if (bytesRead === bytes.length) return bytes;
    } catch (error) {
      throw diskError(error, "reading", this.path);
    }
    throw damaged(this.path, "it is cut short");
  }

  #elementAt(page: Buffer, id: number, index: number): number {
    const at = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
    if (at + ELEMENT_BYTES <= page.length) return at;
    throw damaged(this.path, `page ${id} holds more than there is room for`);
  }

  #leafElement(page: Buffer, id: number, index: number): Element {
    const at = this.#elementAt(page, id, index);
    const start = at + page.readUInt32LE(at + 4);
    const keyEnd = start + page.readUInt32LE(at + 8);
    const end = keyEnd + page.readUInt32LE(at + 12);
    if (end > page.length) throw damaged(this.path, `page ${id}: an element reaches behind its end`);
    return {
      flags: page.readUInt32LE(at),
      key: page.subarray(start, keyEnd),
      value: page.subarray(keyEnd, end),
    };
  }
}

function damaged(path: string, why: string): CodedError<DiskErrorCode> {
  return new CodedError("FILE_DAMAGED", `${path} is damaged: ${why}`, { details: { path } });
}

/** The second meta page is found by trying the sizes of pages, where the first is gone. */
async function newestMeta(file: FileHandle): Promise<BoltMeta | undefined> {
  const read = async (at: number): Promise<BoltMeta | undefined> => {
    const head = Buffer.alloc(128);
    try {
      await file.read(head, 0, head.length, at);
    } catch (error) {
      throw new CodedError("DISK_FAILED", messageOf(error), { cause: error });
    }
    const meta = decodeMetaPage(head);
    return meta && PAGE_SIZES.includes(meta.pageBytes) ? meta : undefined;
  };
  const first = await read(0);
  for (const size of first ? [first.pageBytes] : PAGE_SIZES) {
    const second = await read(size);
    if (second && second.pageBytes === size) {
      return first && first.transaction > second.transaction ? first : second;
    }
  }
  return first;
}
