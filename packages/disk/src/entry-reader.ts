/**
 * Reads entries of the log back from its segments, for those who are too far behind for what is in memory.
 * Each frame is checked as at the opening of the log: what does not match is damage, and never reaches
 * anybody.
 */
import { CodedError } from "@quorate/base";
import type { Entry } from "@quorate/raft";
import { type DiskErrorCode, diskError, REPLACE_MEMBER } from "./disk-error.ts";
import { type EntryPlace, EntryPlaces } from "./entry-places.ts";
import type { FileSystem } from "./file-system.ts";
import { payloadOf } from "./log-frame.ts";
import { decodeRecords, type LogRecord } from "./log-record.ts";

/** A frame as it lies on the disk. */
export type FramePlace = Omit<EntryPlace, "first" | "last">;

/** Knows what the durable frames hold. */
export class EntryReader {
  readonly #fs: FileSystem;
  readonly #pathOf: (segment: number) => string;
  readonly #places = new EntryPlaces();
  /** The frame that was read last, while there is more in it than was asked for. */
  #open: { readonly place: EntryPlace; readonly entries: readonly Entry[] } | undefined;

  constructor(fs: FileSystem, pathOf: (segment: number) => string) {
    this.#fs = fs;
    this.#pathOf = pathOf;
  }

  /** Notes a record of a frame that is durable. */
  note(record: LogRecord, frame: FramePlace): void {
    if (record.kind === "reset") this.#places.clear();
    else if (record.kind === "trim") this.#places.trim(record.point.index);
    else if (record.kind === "entries" && record.entries.length > 0) {
      // One record may hold entries and, behind them, what replaces some of them.
      const first = record.entries.reduce(
        (least, { index }) => Math.min(least, index),
        Number.MAX_SAFE_INTEGER,
      );
      this.#places.add({ first, last: record.entries.at(-1)!.index, ...frame });
    }
  }

  /** The entries of [start, end). Throws LOG_DAMAGED, or LOG_INCONSISTENT where they are not all there. */
  read(start: number, end: number): readonly Entry[] {
    const found: Entry[] = [];
    for (let index = start; index < end; ) {
      const place = this.#places.find(index);
      if (!place) throw new CodedError<DiskErrorCode>("LOG_INCONSISTENT", `the log has no entry ${index}`);
      const last = Math.min(place.last, end - 1);
      const entries = this.#entriesOf(place);
      for (const entry of entries) if (entry.index >= index && entry.index <= last) found.push(entry);
      this.#open = last < place.last ? { place, entries } : undefined;
      index = last + 1;
    }
    return found;
  }

  #entriesOf(place: EntryPlace): readonly Entry[] {
    if (this.#open?.place === place) return this.#open.entries;
    const path = this.#pathOf(place.segment);
    const { position, bytes: length, crc } = place;
    let bytes: Uint8Array;
    try {
      bytes = this.#fs.readSync(path, position, length);
    } catch (error) {
      throw diskError(error, "reading the log", path);
    }
    const payload = payloadOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), crc);
    if (payload) return entriesIn(payload);
    const reason = "a record is not what was written";
    throw new CodedError<DiskErrorCode>(
      "LOG_DAMAGED",
      `the log ${path} is damaged at offset ${position}: ${reason}; ${REPLACE_MEMBER}`,
      { details: { path, offset: position, reason } },
    );
  }
}

/** As they stand behind each other in the end, from the first on. */
function entriesIn(payload: Buffer): readonly Entry[] {
  const entries: Entry[] = [];
  for (const record of decodeRecords(payload)) {
    if (record.kind !== "entries") continue;
    for (const entry of record.entries) {
      const replaced = entry.index - (entries[0]?.index ?? entry.index);
      entries.length = Math.max(0, Math.min(entries.length, replaced));
      entries.push(entry);
    }
  }
  return entries;
}
