/**
 * The entries since the last trim: what the driver appends once they are durable and raft reads. The older of
 * them may be left to the disk, from where they are read when a follower needs them. Trimming leaves a
 * snapshot point behind, with the configuration as of that index.
 *
 *   trimmed to 4, on disk only: 5 6 7, in memory: 8 9   trimTo(6) -> on disk only: 7, in memory: 8 9
 */
import { CodedError } from "@quorate/base";
import { NO_CONF } from "./conf-change.ts";
import type { ConfState, Entry, SnapshotMeta } from "./message.ts";
import type { RaftLogReader } from "./raft-log-reader.ts";

/** Reads the durable entries of [start, end) from the disk, all of them, or throws. */
export type EntryLoader = (start: number, end: number) => readonly Entry[];

/** The log of one member since its last trim. */
export class MemoryRaftLog implements RaftLogReader {
  #trimmed: SnapshotMeta;
  /** Of the entries on disk only, in their order: bytes of data, and terms. */
  #diskBytes: number[] = [];
  #diskTerms: number[] = [];
  #entries: Entry[] = [];
  /** Bytes of data of all entries, and of those in memory. */
  #bytes = 0;
  #memoryBytes = 0;
  readonly #load: EntryLoader | undefined;
  /** The point that a follower's snapshot will have; the driver moves it on as it applies. */
  #snapshotPoint: SnapshotMeta;

  /** Without `load` all entries stay in memory. */
  constructor(start: SnapshotMeta = { index: 0, term: 0, conf: NO_CONF }, load?: EntryLoader) {
    this.#trimmed = start;
    this.#snapshotPoint = start;
    this.#load = load;
  }

  /** Bytes of data of all entries since the last trim, on disk or in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of data of the entries in memory. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  get length(): number {
    return this.#diskBytes.length + this.#entries.length;
  }

  firstIndex(): number {
    return this.#trimmed.index + 1;
  }

  lastIndex(): number {
    return this.#trimmed.index + this.length;
  }

  term(index: number): number | undefined {
    if (index === this.#trimmed.index) return this.#trimmed.term;
    const first = this.#firstInMemory;
    if (index >= first) return this.#entries[index - first]?.term;
    return this.#diskTerms[index - this.#trimmed.index - 1];
  }

  entries(start: number, end: number, bytesMax: number): readonly Entry[] {
    if (start < this.firstIndex())
      throw new CodedError("LOG_COMPACTED", `log entry ${start} has been trimmed`);
    const from = start - this.#trimmed.index - 1;
    const to = Math.min(end - this.#trimmed.index - 1, this.length);
    let bytes = 0;
    let at = from;
    while (at < to) {
      bytes += this.#bytesOf(at);
      if (at > from && bytes > bytesMax) break;
      at++;
    }
    const onDisk = this.#diskBytes.length;
    if (from >= onDisk) return this.#entries.slice(from - onDisk, at - onDisk);
    const loaded = this.#loaded(start, start + Math.min(at, onDisk) - from);
    return at > onDisk ? [...loaded, ...this.#entries.slice(0, at - onDisk)] : loaded;
  }

  get #firstInMemory(): number {
    return this.#trimmed.index + this.#diskBytes.length + 1;
  }

  /** Of the entry at a place of all that there are. */
  #bytesOf(place: number): number {
    return this.#diskBytes[place] ?? this.#entries[place - this.#diskBytes.length]!.data.length;
  }

  /** Safety: what is not the entry that was confirmed here must not reach a follower. */
  #loaded(start: number, end: number): readonly Entry[] {
    const entries = this.#load!(start, end);
    const isWrong = (entry: Entry, at: number): boolean =>
      entry.index !== start + at || entry.term !== this.term(entry.index);
    if (entries.length !== end - start || entries.some(isWrong)) {
      throw new CodedError(
        "RAFT_INVARIANT",
        `the disk has other entries from ${start} to ${end - 1} than the log`,
      );
    }
    return entries;
  }

  snapshot(): SnapshotMeta {
    return this.#snapshotPoint;
  }

  /**
   * Adds entries; the first one's index and all behind it are replaced. Throws LOG_GAP where one would be
   * left.
   */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (!first) return;
    if (first.index > this.lastIndex() + 1) {
      throw new CodedError("LOG_GAP", `entry ${first.index} does not follow on ${this.lastIndex()}`);
    }
    if (first.index <= this.#trimmed.index) {
      const rest = entries.filter((entry) => entry.index > this.#trimmed.index);
      this.append(rest);
      return;
    }
    this.#cut(first.index - this.#trimmed.index - 1);
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#count(entry, 1);
    }
  }

  /** Forgets all behind the first `keep` entries. */
  #cut(keep: number): void {
    const kept = Math.max(0, keep - this.#diskBytes.length);
    for (let at = kept; at < this.#entries.length; at++) this.#count(this.#entries[at]!, -1);
    this.#entries.length = kept;
    for (let at = keep; at < this.#diskBytes.length; at++) this.#bytes -= this.#diskBytes[at]!;
    this.#diskBytes.length = Math.min(keep, this.#diskBytes.length);
    this.#diskTerms.length = this.#diskBytes.length;
  }

  #count({ data }: Entry, sign: 1 | -1): void {
    this.#bytes += sign * data.length;
    this.#memoryBytes += sign * data.length;
  }

  /**
   * Leaves the oldest entries to the disk, no more than up to `index`, until those in memory have `bytesMax`
   * bytes of data. Nothing is done where entries can't be loaded.
   */
  spill(index: number, bytesMax: number): void {
    if (!this.#load) return;
    let count = 0;
    for (const { data, term, index: own } of this.#entries) {
      if (own > index || this.#memoryBytes <= bytesMax) break;
      this.#diskBytes.push(data.length);
      this.#diskTerms.push(term);
      this.#memoryBytes -= data.length;
      count++;
    }
    if (count > 0) this.#entries = this.#entries.slice(count);
  }

  /** The state machine stands at `meta`: a snapshot for a follower would be made of that. */
  setSnapshotPoint(meta: SnapshotMeta): void {
    this.#snapshotPoint = meta;
  }

  /** Drops the entries up to and with `index`, which must be applied and durable in the state. */
  trimTo(index: number, conf: ConfState): void {
    const term = this.term(index);
    if (index <= this.#trimmed.index) return;
    if (term === undefined)
      throw new CodedError("LOG_GAP", `the log can't be trimmed to ${index}: it ends before`);
    const count = index - this.#trimmed.index;
    const onDisk = Math.min(count, this.#diskBytes.length);
    for (let at = 0; at < onDisk; at++) this.#bytes -= this.#diskBytes[at]!;
    this.#diskBytes = this.#diskBytes.slice(onDisk);
    this.#diskTerms = this.#diskTerms.slice(onDisk);
    for (let at = 0; at < count - onDisk; at++) this.#count(this.#entries[at]!, -1);
    this.#entries = this.#entries.slice(count - onDisk);
    this.#trimmed = { index, term, conf };
    if (this.#snapshotPoint.index < index) this.#snapshotPoint = this.#trimmed;
  }

  /** Replaces everything by the point of an installed snapshot. */
  installSnapshot(meta: SnapshotMeta): void {
    this.#cut(0);
    this.#trimmed = meta;
    this.#snapshotPoint = meta;
  }
}
