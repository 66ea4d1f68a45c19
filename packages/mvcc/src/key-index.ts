/** All keys in order, each with its history: what a range walks before it reads a single value. */
import type { TextRange } from "./byte-text.ts";
import { KeyHistory } from "./key-history.ts";
import { SortedKeys } from "./sorted-keys.ts";

export class KeyIndex {
  readonly #histories = new Map<string, KeyHistory>();
  readonly #order = new SortedKeys();

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
      history = new KeyHistory();
      this.#histories.set(key, history);
      this.#order.add(key);
    }
    return history;
  }

  remove(key: string): void {
    if (this.#histories.delete(key)) this.#order.delete(key);
  }

  /** Calls `visit` for each key of the range in order until it answers false. The index must not change meanwhile. */
  visit(range: TextRange, visit: (key: string, history: KeyHistory) => boolean): void {
    if (range.single) {
      const history = this.#histories.get(range.start);
      if (history) visit(range.start, history);
      return;
    }
    for (const key of this.#order.range(range.start, range.end)) {
      if (!visit(key, this.#histories.get(key)!)) return;
    }
  }
}
