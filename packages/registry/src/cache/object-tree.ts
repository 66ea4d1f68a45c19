/**
 * The objects of a resource in key order, with snapshots that cost a copy of the chunk list: a chunk is
 * copied only when it is changed while a snapshot may still hold it (copy on write).
 *
 *   tree: [c1 c2 c3]   snapshot s -> [c1 c2 c3]   set in c2 -> tree: [c1 c2' c3], s: [c1 c2 c3]
 */
import { chunkOf, lowerBound } from "@quorate/base";
import type { CachedObject } from "./cached-object.ts";

interface Chunk {
  /** The tree's epoch in which the chunk was made: an older one may be shared with a snapshot. */
  readonly epoch: number;
  readonly keys: string[];
  readonly objects: CachedObject[];
}

const CHUNK_MAX = 256;

/** A sorted map from keys to objects. */
export class ObjectTree {
  #chunks: Chunk[];
  #epoch = 0;
  #size: number;

  private constructor(chunks: Chunk[], size: number) {
    this.#chunks = chunks;
    this.#size = size;
  }

  static empty(): ObjectTree {
    return new ObjectTree([], 0);
  }

  get size(): number {
    return this.#size;
  }

  /** A tree with today's content that changes to this one do not touch, nor its changes this one. */
  snapshot(): ObjectTree {
    this.#epoch++;
    const copy = new ObjectTree([...this.#chunks], this.#size);
    copy.#epoch = this.#epoch;
    return copy;
  }

  get(key: string): CachedObject | undefined {
    const chunk = this.#chunks[chunkOf(this.#chunks, key)];
    if (!chunk) return undefined;
    const place = lowerBound(chunk.keys, key);
    return chunk.keys[place] === key ? chunk.objects[place] : undefined;
  }

  set(key: string, object: CachedObject): void {
    if (this.#chunks.length === 0) {
      this.#chunks = [{ epoch: this.#epoch, keys: [key], objects: [object] }];
      this.#size = 1;
      return;
    }
    const at = chunkOf(this.#chunks, key);
    const chunk = this.#own(at);
    const place = lowerBound(chunk.keys, key);
    if (chunk.keys[place] === key) {
      chunk.objects[place] = object;
      return;
    }
    this.#size++;
    chunk.keys.splice(place, 0, key);
    chunk.objects.splice(place, 0, object);
    if (chunk.keys.length <= CHUNK_MAX) return;
    const cut =
      at === this.#chunks.length - 1 && place === chunk.keys.length - 1 ? CHUNK_MAX : CHUNK_MAX >> 1;
    this.#chunks.splice(at + 1, 0, {
      epoch: this.#epoch,
      keys: chunk.keys.splice(cut),
      objects: chunk.objects.splice(cut),
    });
  }

  delete(key: string): void {
    if (!this.get(key)) return;
    const at = chunkOf(this.#chunks, key);
    const chunk = this.#own(at);
    const place = lowerBound(chunk.keys, key);
    chunk.keys.splice(place, 1);
    chunk.objects.splice(place, 1);
    this.#size--;
    if (chunk.keys.length === 0) this.#chunks.splice(at, 1);
  }

  /**
   * Calls `visit` for the objects of [start, end) in order until it answers false; `end` undefined: no bound.
   */
  visit(start: string, end: string | undefined, visit: (key: string, object: CachedObject) => boolean): void {
    const first = chunkOf(this.#chunks, start);
    for (let at = first; at < this.#chunks.length; at++) {
      const { keys, objects } = this.#chunks[at]!;
      for (let place = at === first ? lowerBound(keys, start) : 0; place < keys.length; place++) {
        const key = keys[place]!;
        if (end !== undefined && key >= end) return;
        if (!visit(key, objects[place]!)) return;
      }
    }
  }

  /** How many objects lie in [start, end). */
  count(start: string, end: string | undefined): number {
    if (start === "" && end === undefined) return this.#size;
    let count = 0;
    const first = chunkOf(this.#chunks, start);
    for (let at = first; at < this.#chunks.length; at++) {
      const { keys } = this.#chunks[at]!;
      if (end !== undefined && keys[0]! >= end) break;
      const from = at === first ? lowerBound(keys, start) : 0;
      const isWhole = end === undefined || keys[keys.length - 1]! < end;
      count += Math.max(0, (isWhole ? keys.length : lowerBound(keys, end)) - from);
    }
    return count;
  }

  #own(at: number): Chunk {
    const chunk = this.#chunks[at]!;
    if (chunk.epoch === this.#epoch) return chunk;
    const copy = { epoch: this.#epoch, keys: [...chunk.keys], objects: [...chunk.objects] };
    this.#chunks[at] = copy;
    return copy;
  }
}
