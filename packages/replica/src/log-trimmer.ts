/**
 * Decides which entries of the log stay in memory, and up to where it may be forgotten: only below an applied
 * index that a synced write of the state covers, and keeping enough for followers that are a little behind
 * (etcd keeps 5,000 entries of its 10,000 too).
 */
import type { OrderedStore } from "@quorate/mvcc";
import type { ConfState, MemoryRaftLog } from "@quorate/raft";
import type { LogWriter } from "./log-writer.ts";

/** When a trim is due and what it leaves. */
export interface LogTrimmerOptions {
  /** Entries behind the last trim that make the next one due. */
  readonly entriesMax: number;
  /** Entries that stay for slow followers. */
  readonly entriesKept: number;
  /** Bytes of entries that make a trim due, however few they are. */
  readonly bytesMax: number;
  /**
   * Bytes of applied entries that stay in memory, for followers that are nearly up to date; others are read.
   */
  readonly memoryBytesMax?: number;
}

/** Of entries in memory, where nothing else is said. */
export const LOG_MEMORY_BYTES = 4 * 1024 * 1024;

/** etcd's counts, and a bound on what a start has to read. */
export const DEFAULT_TRIM: LogTrimmerOptions = {
  entriesMax: 10_000,
  entriesKept: 5000,
  bytesMax: 32 * 1024 * 1024,
};

/** Bound: so many times `bytesMax` may be held for a snapshot on its way. */
const HELD_TIMES = 6;

/** Of `bytesMax`, where the disk is nearly full: slow followers then get a snapshot. */
const SHORT_SHARE = 1 / 8;

/** What is trimmed: the log in memory and the durable one. */
export interface TrimmedLog {
  readonly log: MemoryRaftLog;
  readonly writer: LogWriter;
  readonly snapshots: {
    /** The log is being replaced by a snapshot; the applied index may be that of the snapshot already. */
    readonly isInstalling: boolean;
    /** Entries behind this one are needed by a snapshot on its way; undefined where none is. */
    neededFrom(): number | undefined;
  };
  /** Whether the disk is nearly full. */
  readonly isShort: () => boolean;
}

/** One trim at a time. */
export class LogTrimmer {
  readonly #options: LogTrimmerOptions;
  readonly #trimmed: TrimmedLog;
  #busy = false;

  constructor(options: LogTrimmerOptions, trimmed: TrimmedLog) {
    this.#options = options;
    this.#trimmed = trimmed;
  }

  /** Trims where that is due, earlier where space is short; rejects where the state can't be synced. */
  async check(appliedIndex: number, conf: ConfState, disk: OrderedStore): Promise<void> {
    const { log, snapshots } = this.#trimmed;
    if (snapshots.isInstalling) return;
    log.spill(appliedIndex, this.#options.memoryBytesMax ?? LOG_MEMORY_BYTES);
    if (this.#busy) return;
    const index = this.#indexFor(appliedIndex);
    if (index === undefined) return;
    this.#busy = true;
    try {
      await disk.write([], { sync: true });
      this.#trimTo(index, conf);
    } finally {
      this.#busy = false;
    }
  }

  #indexFor(appliedIndex: number): number | undefined {
    const { entriesMax, entriesKept } = this.#options;
    const { log, snapshots, isShort } = this.#trimmed;
    const bytesMax = this.#options.bytesMax * (isShort() ? SHORT_SHARE : 1);
    const applied = appliedIndex - log.firstIndex() + 1;
    const overBytes = log.bytes > bytesMax;
    if (applied <= 1 || (applied <= entriesMax && !overBytes)) return undefined;
    // A snapshot on its way holds the trim back, but not for ever: the follower then needs another.
    const needed = log.bytes < bytesMax * HELD_TIMES ? snapshots.neededFrom() : undefined;
    const kept = overBytes ? Math.min(entriesKept, applied >> 1) : entriesKept;
    const index = Math.min(needed ?? appliedIndex, appliedIndex - kept);
    return index < log.firstIndex() ? undefined : index;
  }

  #trimTo(index: number, conf: ConfState): void {
    const { log, writer, snapshots } = this.#trimmed;
    // Safety: a snapshot may have been installed meanwhile, or be about to be: the trim would come behind it.
    if (snapshots.isInstalling || index < log.firstIndex()) return;
    const term = log.term(index);
    if (term === undefined) return;
    log.trimTo(index, conf);
    writer.trim({ index, term });
  }
}
