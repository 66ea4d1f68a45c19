/**
 * The pages of a bbolt file, as etcd keeps its state and its snapshots: constants, page headers and the two
 * meta pages. Numbers are little-endian, as on every machine that etcd serves; 64-bit ones are page numbers
 * and counters that stay below 2^53.
 *
 *   page    id:u64 flags:u16 count:u16 overflow:u32, then `count` elements, then keys and values
 *   leaf    element flags:u32 pos:u32 keySize:u32 valueSize:u32      pos counts from the element itself
 *   branch  element pos:u32 keySize:u32 page:u64
 *   meta    magic:u32 version:u32 pageSize:u32 flags:u32 root:u64 sequence:u64 freelist:u64 pages:u64
 *           txid:u64 checksum:u64 (FNV-1a of what is before it)
 *
 * go.etcd.io/bbolt v1.4, internal/common.
 */

/** What this version writes; files with others are read. */
export const BOLT_PAGE_BYTES = 4096;
/** What every page and every element begins with. */
export const PAGE_HEADER_BYTES = 16;
/** What stands for one entry, or one page below, before the keys. */
export const ELEMENT_BYTES = 16;
/** A bucket's value: the page of its root and its sequence. */
export const BUCKET_BYTES = 16;

/** Kinds of pages. */
export const PAGE_FLAG = { branch: 1, leaf: 2, meta: 4, freelist: 16 } as const;
/** An element of a leaf whose value is a bucket. */
export const BUCKET_ELEMENT = 1;

const MAGIC = 0xed0c_daed;
const VERSION = 2;
const META_BYTES = 64;
const CHECKSUM_AT = 56;

/** Key and value of one element. */
export type BoltEntry = readonly [key: Uint8Array, value: Uint8Array];

/** The first bytes of a page. */
export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  /** Further pages that this one goes on over. */
  readonly overflow: number;
}

/** What a meta page says of the file. */
export interface BoltMeta {
  readonly pageBytes: number;
  readonly rootPage: number;
  /** Pages of the file. */
  readonly pageCount: number;
  readonly transaction: number;
}

/** Writes a page's header. */
export function writePageHeader(into: Buffer, { id, flags, count, overflow }: PageHeader): void {
  writeNumber(into, id, 0);
  into.writeUInt16LE(flags, 8);
  into.writeUInt16LE(count, 10);
  into.writeUInt32LE(overflow, 12);
}

/** Reads a page's header. */
export function readPageHeader(page: Buffer): PageHeader {
  return {
    id: readNumber(page, 0),
    flags: page.readUInt16LE(8),
    count: page.readUInt16LE(10),
    overflow: page.readUInt32LE(12),
  };
}

/** One of the two meta pages: page 0 where the transaction is even, else page 1. */
export function encodeMetaPage(meta: Omit<BoltMeta, "pageBytes">, freelistPage: number): Buffer {
  const page = Buffer.alloc(BOLT_PAGE_BYTES);
  writePageHeader(page, { id: meta.transaction % 2, flags: PAGE_FLAG.meta, count: 0, overflow: 0 });
  const body = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + META_BYTES);
  body.writeUInt32LE(MAGIC, 0);
  body.writeUInt32LE(VERSION, 4);
  body.writeUInt32LE(BOLT_PAGE_BYTES, 8);
  writeNumber(body, meta.rootPage, 16);
  writeNumber(body, freelistPage, 32);
  writeNumber(body, meta.pageCount, 40);
  writeNumber(body, meta.transaction, 48);
  body.writeBigUInt64LE(fnv64(body.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return page;
}

/** The meta page in `page`'s first bytes; undefined where it is none, or damaged. */
export function decodeMetaPage(page: Buffer): BoltMeta | undefined {
  if (page.length < PAGE_HEADER_BYTES + META_BYTES) return undefined;
  const body = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + META_BYTES);
  if (body.readUInt32LE(0) !== MAGIC || body.readUInt32LE(4) !== VERSION) return undefined;
  if (body.readBigUInt64LE(CHECKSUM_AT) !== fnv64(body.subarray(0, CHECKSUM_AT))) return undefined;
  const [rootPage, pageCount] = [readNumber(body, 16), readNumber(body, 40)];
  return { pageBytes: body.readUInt32LE(8), rootPage, pageCount, transaction: readNumber(body, 48) };
}

/** Whether these are the first bytes of a bbolt file. */
export function isBoltFile(head: Buffer): boolean {
  return head.length >= PAGE_HEADER_BYTES + 4 && head.readUInt32LE(PAGE_HEADER_BYTES) === MAGIC;
}

/** Writes a 64-bit number. */
export function writeNumber(into: Buffer, value: number, at: number): void {
  into.writeBigUInt64LE(BigInt(value), at);
}

/** Reads a 64-bit number; one beyond 2^53 is no page of any file, and stays beyond it. */
export function readNumber(from: Buffer, at: number): number {
  return Number(from.readBigUInt64LE(at));
}

function fnv64(bytes: Uint8Array): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  return hash;
}
