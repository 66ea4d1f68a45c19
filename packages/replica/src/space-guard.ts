/**
 * Watches the free space of the disk, so that growth is refused while there still is room for deletes, for the log and
 * for going on. Short once less than the reserve is free, and not any more when a quarter on top of it is.
 */

/** Bytes of the file system that the data directory lies on. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Looking costs a system call. */
const LOOK_MS = 1000;
/** The reserve: so much, but no more than this share of a small disk. */
const RESERVE_BYTES = 256 * 1024 * 1024;
const RESERVE_SHARE = 0.05;
const RELIEF = 1.25;

/** One member's look at its disk. */
export class SpaceGuard {
  readonly #look: () => Promise<DiskSpace>;
  #nextLook = 0;
  #underWay = false;
  #isShort = false;

  constructor(look: () => Promise<DiskSpace>) {
    this.#look = look;
  }

  /** Whether growth must be refused. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Looks where that is due; called with every tick. */
  tick(now: number): void {
    if (this.#underWay || now < this.#nextLook) return;
    this.#underWay = true;
    this.#nextLook = now + LOOK_MS;
    this.#look().then(
      (space) => {
        this.#underWay = false;
        this.#judge(space);
      },
      () => {
        // A file system that does not say is not guarded.
        this.#underWay = false;
      },
    );
  }

  #judge({ freeBytes, totalBytes }: DiskSpace): void {
    const reserve = Math.min(RESERVE_BYTES, totalBytes * RESERVE_SHARE);
    this.#isShort = freeBytes < (this.#isShort ? reserve * RELIEF : reserve);
  }
}
