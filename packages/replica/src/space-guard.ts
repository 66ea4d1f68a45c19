/**
 * Watches the free space of the disk, so that growth is refused while there still is room for deletes, for the log and
 * for going on. Short once less than the reserve is free, and not any more when a little on top of it is. What was
 * written since the last look counts as taken, several times over, until the next look says what is true: the state is
 * written behind the log, to a log of its own and then to its place.
 */

/** Bytes of the file system that the data directory lies on. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

const MiB = 1024 * 1024;
/** Looking costs a system call; where it matters it is worth one with every tick. */
const LOOK_MS = 1000;
/** The reserve: so much, but no more than this share of the disk, */
const RESERVE_BYTES = 256 * MiB;
const RESERVE_SHARE = 0.05;
/** and no less than what the log and the state may still take (log-trimmer.ts), or half of a tiny disk. */
const NEEDED_BYTES = 64 * MiB;
const NEEDED_SHARE = 0.5;
/** The log keeps the segment it writes to, so that little comes back of a tiny disk. */
const RELIEF = 1.05;
/** Bytes on the disk for a byte in the log. */
const WRITE_TIMES = 3;
/** Below so many reserves it is looked with every tick. */
const NEAR_TIMES = 4;

/** One member's look at its disk. */
export class SpaceGuard {
  readonly #look: () => Promise<DiskSpace>;
  #nextLook = 0;
  #underWay = false;
  #isShort = false;
  #mayBeShort = false;
  #known: (DiskSpace & { readonly writtenBytes: number }) | undefined;

  constructor(look: () => Promise<DiskSpace>) {
    this.#look = look;
  }

  /** Whether growth must be refused. */
  get isShort(): boolean {
    return this.#isShort || this.#mayBeShort;
  }

  /** Looks where that is due; called with every tick, with all bytes that the log has taken since the start. */
  tick(now: number, writtenBytes: number): void {
    const known = this.#known;
    const since = known ? (writtenBytes - known.writtenBytes) * WRITE_TIMES : 0;
    const mayBeLeft = known ? known.freeBytes - since : Number.POSITIVE_INFINITY;
    const reserve = known ? reserveOf(known.totalBytes) : 0;
    this.#mayBeShort = mayBeLeft < reserve;
    const isNear = mayBeLeft < NEAR_TIMES * reserve;
    if (this.#underWay || (now < this.#nextLook && !isNear)) return;
    this.#underWay = true;
    this.#nextLook = now + LOOK_MS;
    this.#look().then(
      (space) => {
        this.#underWay = false;
        this.#known = { ...space, writtenBytes };
        this.#mayBeShort = false;
        this.#judge(space);
      },
      () => {
        // A file system that does not say is not guarded.
        this.#underWay = false;
        this.#known = undefined;
      },
    );
  }

  #judge({ freeBytes, totalBytes }: DiskSpace): void {
    const reserve = reserveOf(totalBytes);
    this.#isShort = freeBytes < (this.#isShort ? reserve * RELIEF : reserve);
  }
}

function reserveOf(totalBytes: number): number {
  const needed = Math.min(NEEDED_BYTES, totalBytes * NEEDED_SHARE);
  return Math.max(needed, Math.min(RESERVE_BYTES, totalBytes * RESERVE_SHARE));
}
