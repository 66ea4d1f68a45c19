/**
 * Compacts by itself, as etcd's `--auto-compaction-mode` does: `periodic` keeps the revisions of a span of time,
 * `revision` a number of them. Every member notes what it needs, the one that leads compacts.
 */

/** What is kept: milliseconds of history, or so many revisions. */
export interface AutoCompaction {
  readonly mode: "periodic" | "revision";
  readonly retention: number;
}

/** What the compactor needs of the replica. */
export interface AutoCompactorOptions {
  readonly keep: AutoCompaction;
  readonly revision: () => number;
  /** Rejects where it could not be compacted. */
  readonly compact: (revision: number) => Promise<unknown>;
  readonly note: (line: string) => void;
}

const HOUR_MS = 3_600_000;
/** How often `revision` looks. */
const REVISION_INTERVAL_MS = 300_000;
/** How many looks a span of time has. */
const LOOKS = 10;

/** The plan of one member. */
export class AutoCompactor {
  readonly #options: AutoCompactorOptions;
  readonly #lookMs: number;
  /** Revisions at the last looks, oldest first; as many as the retention has looks. */
  readonly #revisions: number[] = [];
  #nextLook: number;
  #lastCompaction: number;
  /** What must pass until the next compaction. */
  #waitMs: number;
  #compacted = 0;

  constructor(options: AutoCompactorOptions, now: number) {
    const { mode, retention } = options.keep;
    this.#options = options;
    this.#lookMs = mode === "revision" ? REVISION_INTERVAL_MS : Math.min(retention, HOUR_MS) / LOOKS;
    this.#waitMs = retention;
    this.#nextLook = now + this.#lookMs;
    this.#lastCompaction = now;
    if (mode === "periodic") this.#revisions.push(options.revision());
  }

  /** Compacts where that is due; called with every tick. */
  tick(now: number, isLeading: boolean): void {
    if (now < this.#nextLook) return;
    this.#nextLook = now + this.#lookMs;
    const { mode, retention } = this.#options.keep;
    const revision =
      mode === "revision" ? this.#options.revision() - retention : this.#periodicRevision(now, isLeading);
    if (mode === "periodic") this.#look(retention);
    if (!isLeading || revision === undefined || revision <= 0 || revision === this.#compacted) return;
    this.#compact(revision, now);
  }

  #periodicRevision(now: number, isLeading: boolean): number | undefined {
    if (!isLeading || now - this.#lastCompaction < this.#waitMs) return undefined;
    return this.#revisions[0];
  }

  #look(retention: number): void {
    this.#revisions.push(this.#options.revision());
    if (this.#revisions.length > Math.floor(retention / this.#lookMs) + 1) this.#revisions.shift();
  }

  #compact(revision: number, now: number): void {
    const { compact, note } = this.#options;
    const done = (): void => {
      // The whole span had to pass once; from then on every hour is enough.
      this.#waitMs = Math.min(this.#waitMs, HOUR_MS);
      this.#lastCompaction = now;
      this.#compacted = revision;
    };
    compact(revision).then(
      () => {
        done();
        note(`history below revision ${revision} was compacted by itself`);
      },
      (error: Error & { code?: string }) => {
        if (error.code === "COMPACTED") done();
        else note(`compacting at revision ${revision} failed, it is tried again: ${error.message}`);
      },
    );
  }
}
