/**
 * Binary search in sorted keys, and in chunks of them: what the ordered collections of several packages share.
 * Keys are text in code unit order, each once.
 */

/** The place of the first key that is not less than `key`; the length where all are less. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last chunk whose first key is not greater than `key` (0 where there is none). No chunk is empty. */
export function chunkOf(chunks: readonly { readonly keys: readonly string[] }[], key: string): number {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chunks[middle]!.keys[0]! <= key) low = middle;
    else high = middle - 1;
  }
  return low;
}
