/**
 * The physical half of a compaction: walks all keys in slices and drops the revisions that nobody can read
 * any more. Starting again at the first key (after a restart, or for a higher revision) is harmless.
 */
import type { KeyIndex } from "./key-index.ts";

/** Bound: records dropped in one slice, whatever the number of keys and of one key's revisions. */
const DROPS_MAX = 500;

/** One store's physical compaction; `pump` does a slice. */
export class Compaction {
  readonly #index: KeyIndex;
  readonly #drop: (main: number, sub: number) => void;
  #revision = 0;
  /** The key to go on from; undefined where nothing is to do. */
  #cursor: string | undefined;

  constructor(index: KeyIndex, drop: (main: number, sub: number) => void) {
    this.#index = index;
    this.#drop = drop;
  }

  get isRunning(): boolean {
    return this.#cursor !== undefined;
  }

  start(revision: number): void {
    this.#revision = revision;
    this.#cursor = "";
  }

  /** Visits up to `keysMax` keys; true where more are left. */
  pump(keysMax: number): boolean {
    if (this.#cursor === undefined) return false;
    const empty: string[] = [];
    let visited = 0;
    let dropped = 0;
    let next: string | undefined;
    const drop = (main: number, sub: number) => {
      dropped++;
      this.#drop(main, sub);
    };
    this.#index.visit({ start: this.#cursor, end: undefined, single: false }, (key, history) => {
      if (visited++ >= keysMax || dropped >= DROPS_MAX) {
        next = key;
        return false;
      }
      if (history.compact(this.#revision, drop, DROPS_MAX - dropped)) {
        next = key;
        return false;
      }
      if (history.isEmpty) empty.push(key);
      return true;
    });
    for (const key of empty) this.#index.remove(key);
    this.#cursor = next;
    return next !== undefined;
  }
}
