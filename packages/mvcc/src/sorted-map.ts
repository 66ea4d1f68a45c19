/**
 * A sorted map of strings in chunks: the order that ranges walk. Keys are byte strings held as latin1 text,
 * one character a byte, so that JavaScript's comparison of strings is etcd's comparison of bytes and a Map
 * can hold them.
 *
 *   chunks: [["a","b"], ["c","f"], ["g"]]      insert "d" -> [["a","b"], ["c","d","f"], ["g"]]
 *
 * A chunk splits at CHUNK_MAX and goes when it is empty: insert and delete cost O(CHUNK_MAX + number of
 * chunks / CHUNK_MAX).
 */
import { chunkOf, lowerBound } from "@quorate/base";

const CHUNK_MAX = 512;

interface Chunk<Value> {
  readonly keys: string[];
  readonly values: Value[];
  /** The sum of the values' weights, and the greatest stamp since the chunk was made. */
  weight: number;
  stamp: number;
}

/** Sorted by key, with point lookups in constant time, and sums over ranges that skip whole chunks. */
export class SortedMap<Value> {
  readonly #byKey = new Map<string, Value>();
  readonly #chunks: Chunk<Value>[] = [];
  readonly #weightOf: (value: Value) => number;

  /** Values weigh what the function says when they are added; `reweigh` tells of changes. */
  constructor(weightOf: (value: Value) => number = () => 0) {
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Value | undefined {
    return this.#byKey.get(key);
  }

  /** Sets a key's value, adding the key where it is new. */
  set(key: string, value: Value): void {
    const isNew = !this.#byKey.has(key);
    this.#byKey.set(key, value);
    if (this.#chunks.length === 0) {
      this.#chunks.push({ keys: [key], values: [value], weight: this.#weightOf(value), stamp: 0 });
      return;
    }
    const at = chunkOf(this.#chunks, key);
    const chunk = this.#chunks[at]!;
    const place = lowerBound(chunk.keys, key);
    chunk.weight += this.#weightOf(value);
    if (!isNew) {
      chunk.weight -= this.#weightOf(chunk.values[place]!);
      chunk.values[place] = value;
      return;
    }
    // Keys mostly arrive in order at the end of a chunk: push is cheaper than splice.
    if (place === chunk.keys.length) {
      chunk.keys.push(key);
      chunk.values.push(value);
    } else {
      chunk.keys.splice(place, 0, key);
      chunk.values.splice(place, 0, value);
    }
    if (chunk.keys.length > CHUNK_MAX) this.#split(at, place);
  }

  /** Removes a key; false where it was not there. */
  delete(key: string): boolean {
    if (!this.#byKey.delete(key)) return false;
    const at = chunkOf(this.#chunks, key);
    const chunk = this.#chunks[at]!;
    const { keys, values } = chunk;
    const place = lowerBound(keys, key);
    chunk.weight -= this.#weightOf(values[place]!);
    keys.splice(place, 1);
    values.splice(place, 1);
    if (keys.length === 0) this.#chunks.splice(at, 1);
    return true;
  }

  /**
   * Calls `visit` for the keys of [start, end) in order until it answers false; `end` undefined is no bound.
   * The map must not change meanwhile.
   */
  visit(start: string, end: string | undefined, visit: (key: string, value: Value) => boolean): void {
    if (this.#chunks.length === 0) return;
    const first = chunkOf(this.#chunks, start);
    for (let at = first; at < this.#chunks.length; at++) {
      const { keys, values } = this.#chunks[at]!;
      // One comparison a chunk instead of one a key, where the whole chunk lies within the bounds.
      const inside = end === undefined || keys[keys.length - 1]! < end;
      for (let place = at === first ? lowerBound(keys, start) : 0; place < keys.length; place++) {
        const key = keys[place]!;
        if (!inside && key >= end!) return;
        if (!visit(key, values[place]!)) return;
      }
    }
  }

  /** Notes that the weight of a key's value has changed by `difference`, at a stamp that never goes down. */
  reweigh(key: string, difference: number, stamp: number): void {
    const chunk = this.#chunks[chunkOf(this.#chunks, key)]!;
    chunk.weight += difference;
    chunk.stamp = stamp;
  }

  /**
   * The weight of the keys of [start, end) as of `stamp`: whole chunks that no later stamp has touched count
   * by their sum, the keys of others by what `weigh` says of each.
   */
  weight(start: string, end: string | undefined, stamp: number, weigh: (value: Value) => number): number {
    if (this.#chunks.length === 0) return 0;
    let sum = 0;
    const first = chunkOf(this.#chunks, start);
    for (let at = first; at < this.#chunks.length; at++) {
      const { keys, values, weight, stamp: touched } = this.#chunks[at]!;
      const inside = end === undefined || keys[keys.length - 1]! < end;
      const from = at === first ? lowerBound(keys, start) : 0;
      if (inside && from === 0 && touched <= stamp) {
        sum += weight;
        continue;
      }
      for (let place = from; place < keys.length; place++) {
        if (!inside && keys[place]! >= end!) return sum;
        sum += weigh(values[place]!);
      }
    }
    return sum;
  }

  /** Ascending inserts at the very end leave full chunks behind; others split in the middle. */
  #split(at: number, place: number): void {
    const chunk = this.#chunks[at]!;
    const { keys, values, stamp } = chunk;
    const isAscending = at === this.#chunks.length - 1 && place === keys.length - 1;
    const cut = isAscending ? CHUNK_MAX : keys.length >> 1;
    const next = { keys: keys.splice(cut), values: values.splice(cut), weight: 0, stamp };
    for (const value of next.values) next.weight += this.#weightOf(value);
    chunk.weight -= next.weight;
    this.#chunks.splice(at + 1, 0, next);
  }
}
