/**
 * A sorted set of strings in chunks: the order that ranges walk. Keys are byte strings held as latin1 text, one character
 * a byte, so that JavaScript's comparison of strings is etcd's comparison of bytes and a Map can hold them.
 *
 *   chunks: [["a","b"], ["c","f"], ["g"]]      insert "d" -> [["a","b"], ["c","d","f"], ["g"]]
 *
 * A chunk splits at CHUNK_MAX and goes when it is empty: insert and delete cost O(CHUNK_MAX + number of chunks / CHUNK_MAX).
 */

const CHUNK_MAX = 512;

export class SortedKeys {
  #chunks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a key that may be there already; true where it was not. */
  add(key: string): boolean {
    if (this.#chunks.length === 0) {
      this.#chunks.push([key]);
      this.#size = 1;
      return true;
    }
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    const place = lowerBound(chunk, key);
    if (chunk[place] === key) return false;
    // Keys mostly arrive in order at the end of a chunk: push is cheaper than splice.
    if (place === chunk.length) chunk.push(key);
    else chunk.splice(place, 0, key);
    this.#size++;
    if (chunk.length > CHUNK_MAX) {
      // Ascending inserts at the very end leave full chunks behind; others split in the middle.
      const cut =
        at === this.#chunks.length - 1 && place === chunk.length - 1 ? CHUNK_MAX : chunk.length >> 1;
      this.#chunks.splice(at + 1, 0, chunk.splice(cut));
    }
    return true;
  }

  /** Removes a key; false where it was not there. */
  delete(key: string): boolean {
    if (this.#chunks.length === 0) return false;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    const place = lowerBound(chunk, key);
    if (chunk[place] !== key) return false;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    this.#size--;
    return true;
  }

  /** The keys of [start, end) in order, `end` undefined for no bound. The set must not change meanwhile. */
  *range(start: string, end: string | undefined): Generator<string, void, undefined> {
    if (this.#chunks.length === 0) return;
    const first = this.#chunkOf(start);
    for (let at = first; at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at]!;
      for (let place = at === first ? lowerBound(chunk, start) : 0; place < chunk.length; place++) {
        const key = chunk[place]!;
        if (end !== undefined && key >= end) return;
        yield key;
      }
    }
  }

  /** The last chunk whose first key is not greater than `key` (the first chunk where there is none). */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]![0]! <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(chunk: readonly string[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (chunk[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
