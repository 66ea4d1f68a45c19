/**
 * What was written at each revision since the compaction, in order: what a watch that starts in the past
 * walks. Positions only; keys and values are read from the records.
 *
 *   txn 7: put a, delete b; put 8: c   ->   [7.0 a] [7.1 b†] [8.0 c]
 */
import type { KeyHistory } from "./key-history.ts";

const CHUNK = 1_024;

interface Chunk {
  readonly mains: number[];
  /** sub * 2 + (1 for a tombstone). */
  readonly codes: number[];
  readonly histories: KeyHistory[];
}

/** Called for each write; false ends the walk before the next one. */
export type LogVisitor = (main: number, sub: number, tombstone: boolean, history: KeyHistory) => boolean;

/** Appended by every write, trimmed by compactions; searched by halves. */
export class RevisionLog {
  #chunks: Chunk[] = [];

  append(main: number, sub: number, tombstone: boolean, history: KeyHistory): void {
    let last = this.#chunks.at(-1);
    if (!last || last.mains.length >= CHUNK) {
      last = { mains: [], codes: [], histories: [] };
      this.#chunks.push(last);
    }
    last.mains.push(main);
    last.codes.push(sub * 2 + (tombstone ? 1 : 0));
    last.histories.push(history);
  }

  /** Visits writes from revision `from` on, in order, until the visitor answers false. */
  walk(from: number, visit: LogVisitor): void {
    const first = this.#chunkOf(from);
    for (let at = first; at < this.#chunks.length; at++) {
      const { mains, codes, histories } = this.#chunks[at]!;
      for (let place = at === first ? lowerBound(mains, from) : 0; place < mains.length; place++) {
        const code = codes[place]!;
        if (!visit(mains[place]!, code >> 1, (code & 1) === 1, histories[place]!)) return;
      }
    }
  }

  /** Forgets the chunks that lie wholly below `revision`. */
  trim(revision: number): void {
    let drop = 0;
    while (drop < this.#chunks.length && this.#chunks[drop]!.mains.at(-1)! < revision) drop++;
    if (drop > 0) this.#chunks = this.#chunks.slice(drop);
  }

  /** The first chunk that ends at `from` or later. */
  #chunkOf(from: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#chunks[middle]!.mains.at(-1)! < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound(mains: readonly number[], from: number): number {
  let low = 0;
  let high = mains.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (mains[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
