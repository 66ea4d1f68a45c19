/**
 * The entries since the last trim, in memory: what the driver appends once they are durable and raft reads.
 * Trimming leaves a snapshot point behind, with the configuration as of that index.
 */
import { CodedError } from "@quorate/base";
import { NO_CONF } from "./conf-change.ts";
import type { ConfState, Entry, SnapshotMeta } from "./message.ts";
import type { RaftLogReader } from "./raft-log-reader.ts";

/** The log of one member since its last trim. */
export class MemoryRaftLog implements RaftLogReader {
  #trimmed: SnapshotMeta;
  #entries: Entry[] = [];
  #bytes = 0;
  /** The point that a follower's snapshot will have; the driver moves it on as it applies. */
  #snapshotPoint: SnapshotMeta;

  constructor(start: SnapshotMeta = { index: 0, term: 0, conf: NO_CONF }) {
    this.#trimmed = start;
    this.#snapshotPoint = start;
  }

  /** Bytes of data of all entries held. */
  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#entries.length;
  }

  firstIndex(): number {
    return this.#trimmed.index + 1;
  }

  lastIndex(): number {
    return this.#trimmed.index + this.#entries.length;
  }

  term(index: number): number | undefined {
    if (index === this.#trimmed.index) return this.#trimmed.term;
    return this.#entries[index - this.#trimmed.index - 1]?.term;
  }

  entries(start: number, end: number, bytesMax: number): readonly Entry[] {
    if (start < this.firstIndex())
      throw new CodedError("LOG_COMPACTED", `log entry ${start} has been trimmed`);
    const from = start - this.#trimmed.index - 1;
    const to = Math.min(end - this.#trimmed.index - 1, this.#entries.length);
    let bytes = 0;
    let at = from;
    while (at < to) {
      bytes += this.#entries[at]!.data.length;
      if (at > from && bytes > bytesMax) break;
      at++;
    }
    return this.#entries.slice(from, at);
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
    const keep = first.index - this.#trimmed.index - 1;
    for (let at = keep; at < this.#entries.length; at++) this.#bytes -= this.#entries[at]!.data.length;
    this.#entries.length = keep;
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += entry.data.length;
    }
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
    for (let at = 0; at < count; at++) this.#bytes -= this.#entries[at]!.data.length;
    this.#entries = this.#entries.slice(count);
    this.#trimmed = { index, term, conf };
    if (this.#snapshotPoint.index < index) this.#snapshotPoint = this.#trimmed;
  }

  /** Replaces everything by the point of an installed snapshot. */
  installSnapshot(meta: SnapshotMeta): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#trimmed = meta;
    this.#snapshotPoint = meta;
  }
}
