/**
 * The revisions of one key, oldest first, and what a new version of it needs to know of the newest.
 *
 *   put@3, put@5, delete@9, put@12   ->   [3,0·] [5,0·] [9,0†] [12,0·]
 *
 * at(8) is 5, at(9) is absent, at(2) is absent. compact(9) drops 3, 5 and the tombstone 9; compact(7) keeps 5.
 */

/** A position in the history of all keys: `sub` counts the writes of one transaction. */
export interface RevisionPair {
  readonly main: number;
  readonly sub: number;
}

export class KeyHistory {
  /** Pairs of numbers: main, then sub * 2 + (1 for a tombstone). Flat, since there is one of these for every key. */
  #revisions: number[] = [];
  createRevision = 0;
  /** 0 while the key does not exist. */
  version = 0;
  lease = 0n;

  get isLive(): boolean {
    return this.version > 0;
  }

  get isEmpty(): boolean {
    return this.#revisions.length === 0;
  }

  put(main: number, sub: number, createRevision: number, version: number, lease: bigint): void {
    this.#revisions.push(main, sub * 2);
    this.createRevision = createRevision;
    this.version = version;
    this.lease = lease;
  }

  delete(main: number, sub: number): void {
    this.#revisions.push(main, sub * 2 + 1);
    this.createRevision = 0;
    this.version = 0;
    this.lease = 0n;
  }

  /** The newest revision of any kind; undefined for an empty history. */
  newest(): RevisionPair | undefined {
    return this.#revisions.length ? this.#pair(this.#revisions.length - 2) : undefined;
  }

  get newestMain(): number {
    return this.#revisions[this.#revisions.length - 2] ?? 0;
  }

  /** The put that is current at `revision`, undefined where the key does not exist then. */
  at(revision: number): RevisionPair | undefined {
    const place = this.#lastUpTo(revision);
    if (place < 0 || this.#revisions[place + 1]! & 1) return undefined;
    return this.#pair(place);
  }

  /** Calls `visit` for every revision from `from` on, in order. */
  since(from: number, visit: (main: number, sub: number, tombstone: boolean) => void): void {
    for (let place = this.#lastUpTo(from - 1) + 2; place < this.#revisions.length; place += 2) {
      const code = this.#revisions[place + 1]!;
      visit(this.#revisions[place]!, code >> 1, (code & 1) === 1);
    }
  }

  /** The state before a write at (main, sub): the put it replaced or deleted, if any. */
  before(main: number, sub: number): RevisionPair | undefined {
    for (let place = this.#lastUpTo(main); place >= 0; place -= 2) {
      if (this.#revisions[place] === main && this.#revisions[place + 1]! >> 1 >= sub) continue;
      return this.#revisions[place + 1]! & 1 ? undefined : this.#pair(place);
    }
    return undefined;
  }

  /** Drops what nobody can read once `revision` is compacted; `drop` gets each dropped revision. */
  compact(revision: number, drop: (main: number, sub: number) => void): void {
    let keep = this.#lastUpTo(revision);
    if (keep < 0) return;
    if (this.#revisions[keep + 1]! & 1) keep += 2;
    for (let place = 0; place < keep; place += 2) {
      drop(this.#revisions[place]!, this.#revisions[place + 1]! >> 1);
    }
    if (keep > 0) this.#revisions = this.#revisions.slice(keep);
  }

  #pair(place: number): RevisionPair {
    return { main: this.#revisions[place]!, sub: this.#revisions[place + 1]! >> 1 };
  }

  /** The place of the last revision with main <= `revision`, -2 where there is none. */
  #lastUpTo(revision: number): number {
    let place = this.#revisions.length - 2;
    // Nearly always the newest: a scan from the end beats a binary search; long histories get one below.
    for (let steps = 0; steps < 8 && place >= 0; steps++, place -= 2) {
      if (this.#revisions[place]! <= revision) return place;
    }
    let low = 0;
    let high = place / 2;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.#revisions[middle * 2]! <= revision) low = middle + 1;
      else high = middle - 1;
    }
    return high * 2;
  }
}
