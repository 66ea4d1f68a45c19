/**
 * Decides up to where the log may be forgotten: only below an applied index that a synced write of the state covers, and
 * keeping enough for followers that are a little behind (etcd keeps 5,000 entries of its 10,000 too).
 */
import type { OrderedStore } from "@quorate/mvcc";

export interface LogTrimmerOptions {
  /** Entries behind the last trim that make the next one due. */
  readonly entriesMax: number;
  /** Entries that stay for slow followers. */
  readonly entriesKept: number;
  /** Bytes of entries that make a trim due, however few they are. */
  readonly bytesMax: number;
}

export const DEFAULT_TRIM: LogTrimmerOptions = {
  entriesMax: 10_000,
  entriesKept: 5000,
  bytesMax: 32 * 1024 * 1024,
};

/** What the trimmer looks at. */
export interface TrimView {
  readonly firstIndex: number;
  readonly bytes: number;
  readonly appliedIndex: number;
  /** Entries behind this one are needed by a snapshot on its way. */
  readonly neededFrom: number | undefined;
}

/** One sync at a time. */
export class LogTrimmer {
  readonly #options: LogTrimmerOptions;
  readonly #trim: (index: number) => void;
  #busy = false;

  constructor(options: LogTrimmerOptions, trim: (index: number) => void) {
    this.#options = options;
    this.#trim = trim;
  }

  /** Starts a trim where one is due; rejects where the state can't be synced. */
  async check(view: TrimView, disk: OrderedStore): Promise<void> {
    const { entriesMax, entriesKept, bytesMax } = this.#options;
    const applied = view.appliedIndex - view.firstIndex + 1;
    const overBytes = view.bytes > bytesMax;
    if (this.#busy || applied <= 1 || (applied <= entriesMax && !overBytes)) return;
    // A snapshot on its way holds the trim back, but not for ever: the follower then needs another.
    const hold =
      view.neededFrom !== undefined && view.bytes < bytesMax * 4 ? view.neededFrom : view.appliedIndex;
    const kept = overBytes ? Math.min(entriesKept, applied >> 1) : entriesKept;
    const index = Math.min(hold, view.appliedIndex - kept);
    if (index < view.firstIndex) return;
    this.#busy = true;
    try {
      await disk.write([], { sync: true });
      this.#trim(index);
    } finally {
      this.#busy = false;
    }
  }
}
