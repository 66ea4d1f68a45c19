/**
 * Which of many ranges hold a key: ranges in the order of their starts, as a balanced tree laid out in an
 * array, each node with the greatest end below it (an interval tree). Built anew when many ranges came or
 * went; until then new ones wait in a short list that is looked through.
 */
import { inRange, type TextRange } from "./byte-text.ts";

/** Bound: ranges looked through one by one before the tree is built anew. */
const RECENT_MAX = 64;

interface Ranged {
  readonly range: TextRange;
}

/** A set of items with a range each; equal items are one. */
export class RangeIndex<Item extends Ranged> {
  readonly #items = new Set<Item>();
  readonly #recent = new Set<Item>();
  #sorted: Item[] = [];
  /**
   * For the middle of each half-open slice of #sorted: the greatest end in the slice; undefined is no bound.
   */
  #ends: (string | undefined)[] = [];

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    if (this.#items.has(item)) return;
    this.#items.add(item);
    this.#recent.add(item);
    if (this.#recent.size > RECENT_MAX) this.#build();
  }

  delete(item: Item): void {
    if (!this.#items.delete(item) || this.#recent.delete(item)) return;
    if (this.#sorted.length > 2 * this.#items.size + RECENT_MAX) this.#build();
  }

  /** Calls `visit` for each item whose range holds `key`, in no particular order. */
  stab(key: string, visit: (item: Item) => void): void {
    for (const item of this.#recent) if (inRange(item.range, key)) visit(item);
    if (this.#sorted.length > 0) this.#stab(0, this.#sorted.length, key, visit);
  }

  #stab(low: number, high: number, key: string, visit: (item: Item) => void): void {
    if (low >= high) return;
    const middle = (low + high) >> 1;
    const end = this.#ends[middle];
    if (end !== undefined && end <= key) return;
    this.#stab(low, middle, key, visit);
    const item = this.#sorted[middle]!;
    if (item.range.start > key) return;
    // What has left since the tree was built is still in it.
    if ((item.range.end === undefined || key < item.range.end) && this.#items.has(item)) visit(item);
    this.#stab(middle + 1, high, key, visit);
  }

  #build(): void {
    this.#recent.clear();
    this.#sorted = [...this.#items].sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
    this.#ends = new Array(this.#sorted.length);
    if (this.#sorted.length > 0) this.#fillEnds(0, this.#sorted.length);
  }

  /** The greatest end of the slice. */
  #fillEnds(low: number, high: number): string | undefined {
    const middle = (low + high) >> 1;
    let end = this.#sorted[middle]!.range.end;
    if (low < middle) end = later(end, this.#fillEnds(low, middle));
    if (middle + 1 < high) end = later(end, this.#fillEnds(middle + 1, high));
    this.#ends[middle] = end;
    return end;
  }
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}
