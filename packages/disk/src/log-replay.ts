/**
 * Rebuilds what a member remembers from the records of its segments, in order, and refuses what can't be
 * true: an entry that leaves a gap, a term that goes back, a trimmed point behind entries that are no longer
 * there.
 *
 *   header(last 7) entries(8,9) entries(9') trim(8)   ->   start 8, entries [9'], last 9'
 */
import { CodedError } from "@quorate/base";
import type { Entry, HardState } from "@quorate/raft";
import type { DiskErrorCode } from "./disk-error.ts";
import type { LogPoint, LogRecord, SegmentHeader } from "./log-record.ts";

/** What opening a log finds. Entries follow `start` without a gap. */
export interface RecoveredLog {
  readonly hardState: HardState;
  /** The point before the first entry: a snapshot's or that of the last trim. */
  readonly start: LogPoint;
  readonly entries: readonly Entry[];
}

function inconsistent(reason: string): CodedError<DiskErrorCode> {
  return new CodedError<DiskErrorCode>("LOG_INCONSISTENT", reason);
}

/** Feeds on records; holds the log as of the last of them. */
export class LogReplay {
  hardState: HardState = { term: 0, vote: 0n, commit: 0 };
  trim: LogPoint = { index: 0, term: 0 };
  last: LogPoint = { index: 0, term: 0 };
  header: SegmentHeader | undefined;
  /** Entries at hand are those behind this index; what lies before was in deleted segments. */
  #availableFrom = 0;
  #entries: Entry[] = [];

  apply(record: LogRecord): void {
    switch (record.kind) {
      case "header":
        this.#applyHeader(record.header);
        return;
      case "reset":
        this.trim = this.last = record.point;
        this.#availableFrom = record.point.index;
        this.#entries = [];
        return;
      case "entries":
        for (const entry of record.entries) this.#append(entry);
        return;
      case "hard":
        if (record.hardState.term < this.hardState.term) {
          throw inconsistent(`the term goes back from ${this.hardState.term} to ${record.hardState.term}`);
        }
        this.hardState = record.hardState;
        return;
      case "trim":
        if (record.point.index > this.last.index) {
          throw inconsistent(`trimmed up to ${record.point.index} but the log ends at ${this.last.index}`);
        }
        // A trim that is overtaken by a snapshot has nothing left to forget.
        if (record.point.index > this.trim.index) this.trim = record.point;
    }
  }

  #applyHeader(header: SegmentHeader): void {
    if (!this.header) {
      this.trim = header.trim;
      this.last = header.last;
      this.hardState = header.hardState;
      this.#availableFrom = header.last.index;
    } else if (header.last.index !== this.last.index || header.last.term !== this.last.term) {
      throw inconsistent(
        `the segment before ends at entry ${this.last.index} of term ${this.last.term}, ` +
          `this one follows entry ${header.last.index} of term ${header.last.term}`,
      );
    }
    this.header = header;
  }

  #append(entry: Entry): void {
    if (entry.index > this.last.index + 1) {
      throw inconsistent(`entry ${entry.index} follows entry ${this.last.index}: those between are missing`);
    }
    if (entry.index <= this.#availableFrom) {
      this.#availableFrom = entry.index - 1;
      this.#entries = [];
    } else {
      this.#entries.length = entry.index - 1 - this.#availableFrom;
    }
    const before = this.#entries.at(-1)?.term ?? (this.last.index === entry.index - 1 ? this.last.term : 0);
    if (entry.term < before) {
      throw inconsistent(`the term goes back from ${before} to ${entry.term} at entry ${entry.index}`);
    }
    this.#entries.push(entry);
    this.last = { index: entry.index, term: entry.term };
  }

  /** The result; throws LOG_INCONSISTENT where entries behind the trimmed point are missing. */
  recovered(): RecoveredLog {
    if (this.#availableFrom > this.trim.index) {
      throw inconsistent(
        `entries from ${this.trim.index + 1} to ${this.#availableFrom} are missing: a log file was deleted`,
      );
    }
    const entries = this.#entries.slice(this.trim.index - this.#availableFrom);
    return { hardState: this.hardState, start: this.trim, entries };
  }
}
