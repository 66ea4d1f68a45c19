/**
 * The log as raft sees it: what storage has confirmed (behind `RaftLogReader`), and on top the unstable
 * entries or snapshot that it has not. Cursors only move forward: applied <= applying <= committed, and
 * nothing is given out to apply before the member's own storage has it.
 *
 *   reader: [1 2 3]   unstable: [4 5]   lastIndex 5, stable up to 3
 *   append-resp for 4 -> unstable: [5];  an append at 3 from another leader -> unstable: [3'], 4 5 gone
 */
import { CodedError } from "@quorate/base";
import type { Entry, SnapshotMeta } from "./message.ts";
import type { RaftLogReader } from "./raft-log-reader.ts";

/** One log, stable and unstable part together. */
export class LogView {
  readonly #reader: RaftLogReader;
  /** Entries from `#offset` on that storage has not confirmed. */
  #unstable: Entry[] = [];
  #offset: number;
  /** Entries below this index have been handed to the driver for writing. */
  #offsetInProgress: number;
  #snapshot: SnapshotMeta | undefined;
  #snapshotInProgress = false;
  committed: number;
  /** Given out for applying. */
  applying: number;
  applied: number;

  constructor(reader: RaftLogReader, committed: number, applied: number) {
    this.#reader = reader;
    this.#offset = reader.lastIndex() + 1;
    this.#offsetInProgress = this.#offset;
    this.committed = Math.max(committed, applied);
    this.applying = applied;
    this.applied = applied;
  }

  get firstIndex(): number {
    return this.#snapshot ? this.#snapshot.index + 1 : this.#reader.firstIndex();
  }

  get lastIndex(): number {
    const last = this.#unstable[this.#unstable.length - 1];
    return last?.index ?? this.#snapshot?.index ?? this.#reader.lastIndex();
  }

  get lastTerm(): number {
    return this.term(this.lastIndex) ?? 0;
  }

  get pendingSnapshot(): SnapshotMeta | undefined {
    return this.#snapshot;
  }

  term(index: number): number | undefined {
    if (index === 0) return 0;
    if (this.#unstable.length && index >= this.#offset) return this.#unstable[index - this.#offset]?.term;
    if (this.#snapshot) return index === this.#snapshot.index ? this.#snapshot.term : undefined;
    if (index >= this.#offset) return undefined;
    return this.#reader.term(index);
  }

  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Whether a log that ends at (index, term) is at least as new as ours (section 5.4.1). */
  isUpToDate(index: number, term: number): boolean {
    return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex);
  }

  /**
   * Entries of [start, end), at most `bytesMax` bytes but one at least. Throws LOG_COMPACTED below
   * firstIndex.
   */
  entries(start: number, end: number, bytesMax: number): Entry[] {
    if (start >= end) return [];
    if (start < this.firstIndex) throw new CodedError("LOG_COMPACTED", `log entry ${start} has been trimmed`);
    const found: Entry[] = [];
    let bytes = 0;
    if (start < this.#offset) {
      for (const entry of this.#reader.entries(start, Math.min(end, this.#offset), bytesMax)) {
        bytes += entry.data.length;
        found.push(entry);
      }
      if (found.length < Math.min(end, this.#offset) - start) return found;
    }
    for (let index = Math.max(start, this.#offset); index < end; index++) {
      const entry = this.#unstable[index - this.#offset];
      if (!entry) break;
      bytes += entry.data.length;
      if (found.length && bytes > bytesMax) break;
      found.push(entry);
    }
    return found;
  }

  snapshotForFollower(): SnapshotMeta {
    return this.#snapshot ?? this.#reader.snapshot();
  }

  /**
   * Appends behind (index, term) if that matches; answers with the last new index, undefined where it does
   * not match.
   */
  maybeAppend(index: number, term: number, commit: number, entries: readonly Entry[]): number | undefined {
    if (!this.matches(index, term)) return undefined;
    const last = index + entries.length;
    const conflict = entries.find((entry) => !this.matches(entry.index, entry.term));
    if (conflict) {
      if (conflict.index <= this.committed) {
        throw new CodedError(
          "RAFT_INVARIANT",
          `entry ${conflict.index} conflicts with a committed one (commit ${this.committed})`,
        );
      }
      this.append(entries.slice(conflict.index - index - 1));
    }
    this.commitTo(Math.min(commit, last));
    return last;
  }

  /** Adds entries, dropping whatever stands at or behind the first of them. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (!first) return;
    if (first.index === this.#offset + this.#unstable.length) {
      for (const entry of entries) this.#unstable.push(entry);
      return;
    }
    if (first.index <= this.#offset) {
      this.#unstable = [...entries];
      this.#offset = first.index;
      this.#offsetInProgress = first.index;
      return;
    }
    this.#unstable = [...this.#unstable.slice(0, first.index - this.#offset), ...entries];
    this.#offsetInProgress = Math.min(this.#offsetInProgress, first.index);
  }

  commitTo(index: number): void {
    if (index <= this.committed) return;
    if (index > this.lastIndex) {
      throw new CodedError("RAFT_INVARIANT", `commit ${index} is beyond the last entry ${this.lastIndex}`);
    }
    this.committed = index;
  }

  /** Where our log and another that has (index, term) may still meet: the hint for fast backtracking. */
  findConflictByTerm(index: number, term: number): { index: number; term: number } {
    for (let at = Math.min(index, this.lastIndex); at > 0; at--) {
      const own = this.term(at);
      if (own === undefined) return { index: at, term: 0 };
      if (own <= term) return { index: at, term: own };
    }
    return { index: 0, term: 0 };
  }

  restore(snapshot: SnapshotMeta): void {
    this.#snapshot = snapshot;
    this.#snapshotInProgress = false;
    this.#unstable = [];
    this.#offset = snapshot.index + 1;
    this.#offsetInProgress = this.#offset;
    this.committed = snapshot.index;
  }

  /**
   * Unstable entries that have not been handed out for writing yet; they count as handed out from here on.
   */
  takeUnstable(): Entry[] {
    const entries = this.#unstable.slice(this.#offsetInProgress - this.#offset);
    this.#offsetInProgress = this.#offset + this.#unstable.length;
    return entries;
  }

  takeSnapshot(): SnapshotMeta | undefined {
    if (!this.#snapshot || this.#snapshotInProgress) return undefined;
    this.#snapshotInProgress = true;
    return this.#snapshot;
  }

  get hasUnstable(): boolean {
    return this.#unstable.length > 0 || this.#snapshot !== undefined;
  }

  get hasUntaken(): boolean {
    return (
      this.#offsetInProgress < this.#offset + this.#unstable.length ||
      (this.#snapshot !== undefined && !this.#snapshotInProgress)
    );
  }

  /**
   * Storage has everything up to (index, term). An answer about entries that were replaced since is ignored.
   */
  stableTo(index: number, term: number): void {
    const at = index - this.#offset;
    if (at < 0 || this.#unstable[at]?.term !== term) return;
    this.#unstable = this.#unstable.slice(at + 1);
    this.#offset = index + 1;
    this.#offsetInProgress = Math.max(this.#offsetInProgress, this.#offset);
  }

  stableSnapshotTo(index: number): void {
    if (this.#snapshot?.index !== index) return;
    this.#snapshot = undefined;
    this.#snapshotInProgress = false;
  }

  /** Last index that may be given out: committed, and confirmed by the member's own storage. */
  get applicable(): number {
    return this.#snapshot ? this.applying : Math.min(this.committed, this.#offset - 1);
  }

  takeCommitted(bytesMax: number): Entry[] {
    const end = this.applicable + 1;
    if (this.applying + 1 >= end) return [];
    const entries = this.entries(this.applying + 1, end, bytesMax);
    this.applying += entries.length;
    return entries;
  }

  appliedTo(index: number): void {
    if (index <= this.applied) return;
    if (index > this.committed) {
      throw new CodedError("RAFT_INVARIANT", `applied ${index} is beyond commit ${this.committed}`);
    }
    this.applied = index;
    this.applying = Math.max(this.applying, index);
  }
}
