/** All keys in order, each with its history: what a range walks before it reads a single value. */
import type { TextRange } from "./byte-text.ts";
import { KeyHistory } from "./key-history.ts";
import { SortedMap } from "./sorted-map.ts";

/** What a put leaves of a key. */
interface KeyState {
  readonly createRevision: number;
  readonly version: number;
  readonly lease: bigint;
}

/** Keys with their histories; a key is here from its first write until a compaction drops its last record. */
export class KeyIndex {
  readonly #histories = new SortedMap<KeyHistory>((history) => (history.isLive ? 1 : 0));

  /** Keys with any history, tombstones included. */
  get size(): number {
    return this.#histories.size;
  }

  find(key: string): KeyHistory | undefined {
    return this.#histories.get(key);
  }

  /** The key's history, made where there is none. */
  ensure(key: string): KeyHistory {
    let history = this.#histories.get(key);
    if (!history) {
      history = new KeyHistory(key);
      this.#histories.set(key, history);
    }
    return history;
  }

  /** A put of the key's history; all writes of histories in the index go through here and `delete`. */
  put(history: KeyHistory, main: number, sub: number, kv: KeyState): void {
    const difference = history.isLive ? 0 : 1;
    history.put(main, sub, kv.createRevision, kv.version, kv.lease);
    this.#histories.reweigh(history.key, difference, main);
  }

  delete(history: KeyHistory, main: number, sub: number): void {
    const difference = history.isLive ? -1 : 0;
    history.delete(main, sub);
    this.#histories.reweigh(history.key, difference, main);
  }

  /** How many keys of the range exist at `revision`. */
  count(range: TextRange, revision: number): number {
    if (range.single) return this.#histories.get(range.start)?.isLiveAt(revision) ? 1 : 0;
    return this.#histories.weight(range.start, range.end, revision, (history) =>
      history.isLiveAt(revision) ? 1 : 0,
    );
  }

  remove(key: string): void {
    this.#histories.delete(key);
  }

  /**
   * Calls `visit` for each key of the range in order until it answers false. The index must not change
   * meanwhile.
   */
  visit(range: TextRange, visit: (key: string, history: KeyHistory) => boolean): void {
    if (range.single) {
      const history = this.#histories.get(range.start);
      if (history) visit(range.start, history);
    } else this.#histories.visit(range.start, range.end, visit);
  }
}
