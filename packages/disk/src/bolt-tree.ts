/**
 * Builds one bucket of a bbolt file from entries in key order: leaves are filled one after the other, and
 * each page is named in a branch above once it is out, so pages leave in the order of their numbers and no
 * more than one page of each level is in memory.
 *
 *   entries a b c | d e f | g     ->     pages 3 (a b c)  4 (d e f)  5 (g)  6 (branch a:3 d:4 g:5), root 6
 *
 * Invariant: a branch names at least two pages, as bbolt's rebalancing relies on.
 */
import { compareBytes } from "@quorate/base";
import {
  BOLT_PAGE_BYTES,
  type BoltEntry,
  BUCKET_ELEMENT,
  ELEMENT_BYTES,
  PAGE_FLAG,
  PAGE_HEADER_BYTES,
  writeNumber,
  writePageHeader,
} from "./bolt-format.ts";

/** Where pages go: numbers are given in order, and a page is made only where it is wanted. */
export interface BoltSink {
  /** Takes `pages` pages; returns the number of the first. */
  add(pages: number, encode: (id: number) => Buffer): number;
}

interface Child {
  readonly key: Uint8Array;
  readonly page: number;
}

/** Fewest elements of a branch that is not the last of its level, one being kept back for the next. */
const BRANCH_ELEMENTS_MIN = 3;

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / BOLT_PAGE_BYTES);
}

/** One bucket's tree. */
export class BoltTree {
  readonly #sink: BoltSink;
  readonly #elementFlags: number;
  #leaf: BoltEntry[] = [];
  #leafBytes = PAGE_HEADER_BYTES;
  #last: Uint8Array | undefined;
  /** Pages that no branch names yet, level by level, the lowest first. */
  readonly #levels: { children: Child[]; bytes: number }[] = [];

  /** `holdsBuckets`: the values are those of buckets, as in a file's root. */
  constructor(sink: BoltSink, holdsBuckets = false) {
    this.#sink = sink;
    this.#elementFlags = holdsBuckets ? BUCKET_ELEMENT : 0;
  }

  /**
   * Takes the next entry; its bytes must stay as they are until its leaf is full. Throws on a wrong order.
   */
  add(key: Uint8Array, value: Uint8Array): void {
    if (this.#last && compareBytes(this.#last, key) >= 0) throw new Error("keys of a bucket must ascend");
    this.#last = key;
    const bytes = ELEMENT_BYTES + key.length + value.length;
    if (this.#leaf.length > 0 && this.#leafBytes + bytes > BOLT_PAGE_BYTES) this.#flushLeaf();
    this.#leaf.push([key, value]);
    this.#leafBytes += bytes;
  }

  /** Writes what is left; returns the number of the root's page. */
  finish(): number {
    if (this.#leaf.length > 0 || this.#levels.length === 0) this.#flushLeaf();
    for (let level = 0; ; level++) {
      const { children } = this.#levels[level]!;
      if (children.length === 1 && level === this.#levels.length - 1) return children[0]!.page;
      this.#flushBranch(level, children.length);
    }
  }

  #flushLeaf(): void {
    const entries = this.#leaf;
    const bytes = this.#leafBytes;
    const pages = pagesOf(bytes);
    const page = this.#sink.add(pages, (id) => encodeLeaf(id, entries, pages, this.#elementFlags));
    this.#leaf = [];
    this.#leafBytes = PAGE_HEADER_BYTES;
    this.#name(0, { key: entries[0]?.[0] ?? Buffer.alloc(0), page });
  }

  #name(level: number, child: Child): void {
    this.#levels[level] ??= { children: [], bytes: PAGE_HEADER_BYTES };
    const branch = this.#levels[level];
    const bytes = ELEMENT_BYTES + child.key.length;
    const { length } = branch.children;
    if (length >= BRANCH_ELEMENTS_MIN && branch.bytes + bytes > BOLT_PAGE_BYTES) {
      this.#flushBranch(level, length - 1);
    }
    branch.children.push(child);
    branch.bytes += bytes;
  }

  /** Writes the first `count` pages of a level as one branch. */
  #flushBranch(level: number, count: number): void {
    const branch = this.#levels[level]!;
    const children = branch.children.splice(0, count);
    const size = (of: readonly Child[]): number =>
      of.reduce((sum, { key }) => sum + ELEMENT_BYTES + key.length, PAGE_HEADER_BYTES);
    branch.bytes = size(branch.children);
    const pages = pagesOf(size(children));
    const page = this.#sink.add(pages, (id) => encodeBranch(id, children, pages));
    this.#name(level + 1, { key: children[0]!.key, page });
  }
}

function startPage(id: number, flags: number, count: number, pages: number): Buffer {
  const page = Buffer.alloc(pages * BOLT_PAGE_BYTES);
  writePageHeader(page, { id, flags, count, overflow: pages - 1 });
  return page;
}

function encodeLeaf(id: number, entries: readonly BoltEntry[], pages: number, flags: number): Buffer {
  const page = startPage(id, PAGE_FLAG.leaf, entries.length, pages);
  let element = PAGE_HEADER_BYTES;
  let at = PAGE_HEADER_BYTES + entries.length * ELEMENT_BYTES;
  for (const [key, value] of entries) {
    page.writeUInt32LE(flags, element);
    page.writeUInt32LE(at - element, element + 4);
    page.writeUInt32LE(key.length, element + 8);
    page.writeUInt32LE(value.length, element + 12);
    page.set(key, at);
    page.set(value, at + key.length);
    at += key.length + value.length;
    element += ELEMENT_BYTES;
  }
  return page;
}

function encodeBranch(id: number, children: readonly Child[], pages: number): Buffer {
  const page = startPage(id, PAGE_FLAG.branch, children.length, pages);
  let element = PAGE_HEADER_BYTES;
  let at = PAGE_HEADER_BYTES + children.length * ELEMENT_BYTES;
  for (const child of children) {
    page.writeUInt32LE(at - element, element);
    page.writeUInt32LE(child.key.length, element + 4);
    writeNumber(page, child.page, element + 8);
    page.set(child.key, at);
    at += child.key.length;
    element += ELEMENT_BYTES;
  }
  return page;
}
