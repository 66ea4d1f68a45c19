/**
 * The DurableLog port: what a member must not forget. `WriteAheadLog` of the disk package is the real one
 * (over a memory file system also the twin).
 */
import type { Entry, HardState } from "@quorate/raft";

/** A position in the log. */
export interface LogPoint {
  readonly index: number;
  readonly term: number;
}

/** One durable step, carried out in the order of the fields. */
export interface LogBatch {
  /** Forget everything and start behind this point: a snapshot was installed. */
  readonly reset?: LogPoint;
  /** To append; an index already there replaces it and all behind it. */
  readonly entries: readonly Entry[];
  readonly hardState?: HardState;
  /** Entries up to here are no longer needed; nothing where the log begins behind it already. */
  readonly trim?: LogPoint;
}

/** The log of one member on stable storage. */
export interface DurableLog {
  /**
   * Resolves when the batch is on stable storage. Calls do not overlap. After a failure nothing is retried.
   */
  append(batch: LogBatch): Promise<void>;
  /**
   * Durable entries of [start, end) that were not trimmed, from the disk. Throws where they are not what was
   * written. Absent: all entries stay in memory.
   */
  readEntries?(start: number, end: number): readonly Entry[];
  close(): Promise<void>;
}

/** What a log held when it was opened: entries follow `start` without a gap. */
export interface RecoveredLog {
  readonly hardState: HardState;
  readonly start: LogPoint;
  readonly entries: readonly Entry[];
}
