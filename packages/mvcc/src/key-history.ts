/**
 * The revisions of one key, oldest first, and what a new version of it needs to know of the newest.
 *
 *   put@3, put@5, delete@9, put@12   ->   older: [3,0·] [5,0·] [9,0†]   newest: [12,0·]
 *
 * at(8) is 5, at(9) is absent, at(2) is absent. compact(7) drops 3; compact(9) drops 3 and 5 and keeps the
 * tombstone, for a watch may still start at 9; compact(10) drops it too.
 */

/** A position in the history of all keys: `sub` counts the writes of one transaction. */
export interface RevisionPair {
  readonly main: number;
  readonly sub: number;
}

const NO_LEASE = 0n;

/**
 * One key's revisions, and what the next write of it builds on. There is one for every key, so it is small.
 */
export class KeyHistory {
  /** The key as text. */
  readonly key: string;
  createRevision = 0;
  /** 0 while the key does not exist. */
  version = 0;
  lease = NO_LEASE;
  /** The newest revision of any kind, 0 for an empty history. */
  newestMain = 0;
  /** Of the newest: sub * 2 + (1 for a tombstone). */
  #newestCode = 0;
  /** The others, oldest first, as pairs of numbers: main, code. */
  #older: number[] | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get isLive(): boolean {
    return this.version > 0;
  }

  get isEmpty(): boolean {
    return this.newestMain === 0;
  }

  put(main: number, sub: number, createRevision: number, version: number, lease: bigint): void {
    this.#push(main, sub * 2);
    this.createRevision = createRevision;
    this.version = version;
    // One shared zero: a bigint is an object on the heap, and nearly no key has a lease.
    this.lease = lease === NO_LEASE ? NO_LEASE : lease;
  }

  delete(main: number, sub: number): void {
    this.#push(main, sub * 2 + 1);
    this.createRevision = 0;
    this.version = 0;
    this.lease = NO_LEASE;
  }

  get newestSub(): number {
    return this.#newestCode >> 1;
  }

  /** Whether the key exists at `revision`. */
  isLiveAt(revision: number): boolean {
    if (this.newestMain <= revision) return this.version > 0;
    const place = this.#lastOlder(revision);
    return place >= 0 && (this.#older![place + 1]! & 1) === 0;
  }

  /** The put that is current at `revision`, undefined where the key does not exist then. */
  at(revision: number): RevisionPair | undefined {
    if (this.newestMain <= revision) {
      return this.version > 0 ? { main: this.newestMain, sub: this.#newestCode >> 1 } : undefined;
    }
    return this.#liveAt(this.#lastOlder(revision));
  }

  /** The state before the write at revision `main`: the put it replaced or deleted, if any. */
  before(main: number): RevisionPair | undefined {
    return this.at(main - 1);
  }

  /**
   * The revisions a reader can still meet once `compacted` is the compaction, up to `revision`: what members'
   * hashes compare, however far each one's physical compaction has come.
   */
  readable(compacted: number, revision: number, visit: (main: number, sub: number) => void): void {
    const older = this.#older ?? [];
    const keep = this.#dropped(compacted);
    for (let place = keep; place < older.length && older[place]! <= revision; place += 2) {
      visit(older[place]!, older[place + 1]! >> 1);
    }
    if (keep <= older.length && this.newestMain <= revision) visit(this.newestMain, this.#newestCode >> 1);
  }

  /**
   * Drops what nobody can read once `revision` is compacted, oldest first and `max` revisions at most; `drop`
   * gets each of them. True where more is left to be dropped.
   */
  compact(
    revision: number,
    drop: (main: number, sub: number) => void,
    max = Number.MAX_SAFE_INTEGER,
  ): boolean {
    const all = this.#dropped(revision);
    if (all === 0) return false;
    const keep = Math.min(all, max * 2);
    const older = this.#older ?? [];
    for (let place = 0; place < keep && place < older.length; place += 2) {
      drop(older[place]!, older[place + 1]! >> 1);
    }
    this.#older = keep < older.length ? older.slice(keep) : undefined;
    if (keep <= older.length) return keep < all;
    drop(this.newestMain, this.#newestCode >> 1);
    this.newestMain = 0;
    this.#newestCode = 0;
    return false;
  }

  /** How many numbers of #older, the newest's counted behind them, a compaction makes unreadable. */
  #dropped(compacted: number): number {
    const older = this.#older ?? [];
    const last = this.newestMain <= compacted ? older.length : this.#lastOlder(compacted);
    if (last < 0) return 0;
    const main = last < older.length ? older[last]! : this.newestMain;
    const code = last < older.length ? older[last + 1]! : this.#newestCode;
    return (code & 1) === 1 && main < compacted ? last + 2 : last;
  }

  #push(main: number, code: number): void {
    if (this.newestMain > 0) {
      if (this.#older) this.#older.push(this.newestMain, this.#newestCode);
      else this.#older = [this.newestMain, this.#newestCode];
    }
    this.newestMain = main;
    this.#newestCode = code;
  }

  #liveAt(place: number): RevisionPair | undefined {
    if (place < 0 || this.#older![place + 1]! & 1) return undefined;
    return { main: this.#older![place]!, sub: this.#older![place + 1]! >> 1 };
  }

  /** The place in #older of the last revision with main <= `revision`, -2 where there is none. */
  #lastOlder(revision: number): number {
    const older = this.#older;
    if (!older) return -2;
    let low = 0;
    let high = older.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (older[middle * 2]! <= revision) low = middle + 1;
      else high = middle - 1;
    }
    return high * 2;
  }
}
