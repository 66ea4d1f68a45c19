/**
 * The write-ahead log: numbered segments of frames, each frame one batch made durable by one `fdatasync`.
 * Segments are filled with zeros ahead of the writes, so that a sync has no file size to record. Opening
 * replays every segment, cuts a torn tail, and stops with an error on anything else that does not match
 * (decision 4).
 *
 * Invariant: bytes behind the last frame are zeros or not there. A failed write or sync closes the log for
 * good: what the disk holds is unknown after it, so it is never retried.
 */
import { BytePool, CodedError, messageOf } from "@quorate/base";
import type { Entry } from "@quorate/raft";
import { type DiskErrorCode, diskError, REPLACE_MEMBER } from "./disk-error.ts";
import { EntryReader, type FramePlace } from "./entry-reader.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { type FrameLink, readFrame, sealFrame } from "./log-frame.ts";
import type { LogPoint, UnsealedFrame } from "./log-record.ts";
import { decodeRecords, encodeBatch, encodeHeader, LOG_FORMAT_VERSION, type LogBatch } from "./log-record.ts";
import { LogReplay, type RecoveredLog } from "./log-replay.ts";

const SEGMENT_BYTES = 16 * 1024 * 1024;
const PREALLOCATE_BYTES = 1024 * 1024;
/** Of the newest entries that opening finds. */
const OWN_BYTES = 4 * 1024 * 1024;

/** Where the log lies, whose it is, and how its files grow. */
export interface WriteAheadLogOptions {
  readonly fs: FileSystem;
  readonly folder: string;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** A segment that has grown past this is followed by a new one. */
  readonly segmentBytes?: number;
  /** How far ahead of the writes the file is filled with zeros. */
  readonly preallocateBytes?: number;
  /** Look, but change nothing: for `verify`. Appending is refused. */
  readonly readOnly?: boolean;
}

interface Segment {
  readonly number: number;
  /** Last entry before this segment: those before are not needed once the trim point is here or behind it. */
  readonly lastBefore: number;
}

function segmentName(number: number): string {
  return `${number.toString().padStart(16, "0")}.wal`;
}

/**
 * The entries, the newest with bytes of their own: they stay in memory. The older ones are views into their
 * segments, which go when nobody needs them any more.
 */
function withOwnBytes(entries: readonly Entry[]): readonly Entry[] {
  const pool = new BytePool();
  const own = entries.slice();
  for (let at = own.length - 1, bytes = 0; at >= 0 && bytes < OWN_BYTES; at--) {
    const entry = own[at]!;
    own[at] = { ...entry, data: pool.copy(entry.data as Buffer) };
    bytes += entry.data.length;
  }
  return own;
}

/** The durable log of one member. Calls of `append` must not overlap. */
export class WriteAheadLog {
  readonly #fs: FileSystem;
  readonly #options: WriteAheadLogOptions;
  readonly #segmentBytes: number;
  readonly #preallocateBytes: number;
  readonly #reader: EntryReader;
  #segments: Segment[] = [];
  #file: OpenFile | undefined;
  #position = 0;
  #allocated = 0;
  #extending: Promise<void> | undefined;
  #link: FrameLink = { segment: 0, sequence: 0, previousCrc: 0 };
  #replay = new LogReplay();
  #failed: unknown;
  #tornBytes = 0;

  private constructor(options: WriteAheadLogOptions) {
    this.#fs = options.fs;
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#preallocateBytes = options.preallocateBytes ?? PREALLOCATE_BYTES;
    this.#reader = new EntryReader(options.fs, (segment) => `${options.folder}/${segmentName(segment)}`);
  }

  /** Opens the log in `folder`, or starts an empty one; `recovered` is what it holds. */
  static async open(options: WriteAheadLogOptions): Promise<{ log: WriteAheadLog; recovered: RecoveredLog }> {
    const log = new WriteAheadLog(options);
    try {
      return { log, recovered: await log.#open() };
    } catch (error) {
      await log.#file?.close().catch(() => {});
      throw diskError(error, "opening the log in", options.folder);
    }
  }

  /** Bytes of a torn tail that opening has cut: a write that a crash interrupted, never acknowledged. */
  get tornBytes(): number {
    return this.#tornBytes;
  }

  /** Segment files in use. */
  get segmentCount(): number {
    return this.#segments.length;
  }

  /**
   * Makes a batch durable: when it resolves the batch is on stable storage. Rejects with DISK_FULL or
   * DISK_FAILED, after which every call does.
   */
  async append(batch: LogBatch): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    try {
      if (this.#position >= this.#segmentBytes) await this.#rotate();
      this.#note(batch, await this.#write(encodeBatch(batch)));
      if (batch.trim || batch.reset) await this.#deleteSegments();
    } catch (error) {
      this.#failed = diskError(error, "writing the log", this.#file?.path ?? this.#options.folder);
      throw this.#failed;
    }
  }

  /**
   * Entries of [start, end) read back from the disk; they must be durable, and not trimmed. Throws
   * LOG_DAMAGED.
   */
  readEntries(start: number, end: number): readonly Entry[] {
    return this.#reader.read(start, end);
  }

  async close(): Promise<void> {
    this.#failed ??= new CodedError<DiskErrorCode>(
      "LOG_CLOSED",
      `the log in ${this.#options.folder} is closed`,
    );
    await this.#extending?.catch(() => {});
    await this.#file?.close();
    this.#file = undefined;
  }

  async #open(): Promise<RecoveredLog> {
    const { folder, readOnly } = this.#options;
    if (!readOnly) await this.#fs.makeFolder(folder);
    const numbers: number[] = [];
    for (const name of await this.#fs.list(folder)) {
      if (/^\d{16}\.wal$/.test(name)) numbers.push(Number(name.slice(0, 16)));
      else if (name.endsWith(".tmp") && !readOnly) await this.#fs.remove(`${folder}/${name}`);
    }
    for (const [i, number] of numbers.entries()) {
      const before = numbers[i - 1];
      if (before !== undefined && number !== before + 1) {
        throw this.#damage("LOG_INCONSISTENT", segmentName(before + 1), 0, "the file is missing");
      }
      await this.#replaySegment(number, i === numbers.length - 1);
    }
    if (numbers.length === 0 && !readOnly) await this.#startSegment(1);
    // Safety: as with the content of the last segment, a name may be there that is not durable yet.
    else if (!readOnly) await this.#fs.syncFolder(folder);
    return this.#recovered(numbers.at(-1) ?? 1);
  }

  #recovered(lastSegment: number): RecoveredLog {
    try {
      const recovered = this.#replay.recovered();
      // From here on only the points are kept up to date, not the entries, which would hold their segment.
      const { index, term } = recovered.entries.at(-1) ?? recovered.start;
      this.#replay.apply({ kind: "reset", point: { index, term } });
      this.#replay.trim = recovered.start;
      return { ...recovered, entries: withOwnBytes(recovered.entries) };
    } catch (error) {
      throw this.#damage("LOG_INCONSISTENT", segmentName(lastSegment), this.#position, messageOf(error));
    }
  }

  #damage(code: DiskErrorCode, name: string, offset: number, reason: string): CodedError<DiskErrorCode> {
    const path = `${this.#options.folder}/${name}`;
    const message = `the log ${path} is damaged at offset ${offset}: ${reason}; ${REPLACE_MEMBER}`;
    return new CodedError(code, message, { details: { path, offset, reason } });
  }

  async #replaySegment(number: number, isLast: boolean): Promise<void> {
    const name = segmentName(number);
    const path = `${this.#options.folder}/${name}`;
    const content = await this.#fs.readFile(path);
    if (!content) throw this.#damage("LOG_INCONSISTENT", name, 0, "the file is missing");
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    let position = 0;
    let link: FrameLink = { segment: number, sequence: 1, previousCrc: this.#link.previousCrc };
    if (this.#segments.length === 0 && bytes.length >= 12)
      link = { ...link, previousCrc: bytes.readUInt32LE(8) };
    for (;;) {
      const read = readFrame(bytes, position, link);
      if (read.kind === "frame") {
        const { end, crc } = read;
        const frame = { segment: number, position, bytes: end - position, crc };
        this.#replayFrame(read.payload, name, frame);
        position = read.end;
        link = { segment: number, sequence: link.sequence + 1, previousCrc: read.crc };
        continue;
      }
      if (read.kind === "damaged") throw this.#damage("LOG_DAMAGED", name, position, read.reason);
      if (read.torn && !isLast)
        throw this.#damage("LOG_DAMAGED", name, position, "the rest of the file is missing");
      if (link.sequence === 1) throw this.#damage("LOG_DAMAGED", name, 0, "the segment has no header");
      if (isLast) await this.#continueSegment(path, position, bytes, read.torn);
      break;
    }
    this.#link = link;
  }

  #replayFrame(payload: Buffer, name: string, frame: FramePlace): void {
    try {
      for (const record of decodeRecords(payload)) {
        this.#replay.apply(record);
        this.#reader.note(record, frame);
        if (record.kind !== "header") continue;
        this.#checkIdentity();
        this.#segments.push({ number: frame.segment, lastBefore: record.header.last.index });
      }
    } catch (error) {
      if (error instanceof CodedError && error.code === "DIRECTORY_MISMATCH") throw error;
      const code = error instanceof CodedError ? (error.code as DiskErrorCode) : "LOG_DAMAGED";
      throw this.#damage(code, name, frame.position, messageOf(error));
    }
  }

  #checkIdentity(): void {
    const header = this.#replay.header!;
    const { clusterId, memberId, folder } = this.#options;
    const refuse = (reason: string): never => {
      throw new CodedError<DiskErrorCode>("DIRECTORY_MISMATCH", `the log in ${folder} ${reason}`);
    };
    if (header.formatVersion > LOG_FORMAT_VERSION) {
      refuse(
        `has format ${header.formatVersion}, this version reads up to ${LOG_FORMAT_VERSION}: use a newer one`,
      );
    }
    if (header.clusterId !== clusterId || header.memberId !== memberId) {
      const theirs = `member ${header.memberId.toString(16)} of cluster ${header.clusterId.toString(16)}`;
      refuse(
        `belongs to ${theirs}, not to member ${memberId.toString(16)} of cluster ${clusterId.toString(16)}`,
      );
    }
  }

  async #continueSegment(path: string, position: number, bytes: Buffer, torn: boolean): Promise<void> {
    this.#position = position;
    this.#tornBytes = torn ? bytes.length - position : 0;
    if (this.#options.readOnly) return;
    this.#file = await this.#fs.open(path);
    this.#allocated = torn ? position : bytes.length;
    if (torn) await this.#file.truncate(position);
    // Safety: a process that was killed before its sync leaves records in the cache of the system, whole to
    // read and not durable; after a sync that failed they even count as clean, and another sync does nothing.
    // So they are written again. From here on they count as logged.
    await this.#file.write(0, bytes.subarray(0, position));
    await this.#file.datasync();
  }

  async #startSegment(number: number): Promise<void> {
    const { folder, clusterId, memberId } = this.#options;
    const temporary = `${folder}/${segmentName(number)}.tmp`;
    const file = await this.#fs.open(temporary, { create: true });
    const { trim, last, hardState } = this.#replay;
    const header = { formatVersion: LOG_FORMAT_VERSION, clusterId, memberId, trim, last, hardState };
    const { frame, length } = encodeHeader(header);
    const link = { segment: number, sequence: 1, previousCrc: this.#link.previousCrc };
    const crc = sealFrame(frame, length, link, 0);
    const size = Math.max(frame.length, this.#preallocateBytes);
    await file.truncate(0);
    await file.write(0, Buffer.concat([frame], size));
    await file.datasync();
    await file.close();
    await this.#fs.rename(temporary, `${folder}/${segmentName(number)}`);
    await this.#fs.syncFolder(folder);
    this.#file = await this.#fs.open(`${folder}/${segmentName(number)}`);
    this.#position = frame.length;
    this.#allocated = size;
    this.#link = { segment: number, sequence: 2, previousCrc: crc };
    this.#segments.push({ number, lastBefore: last.index });
  }

  async #rotate(): Promise<void> {
    await this.#extending;
    await this.#file!.close();
    await this.#startSegment(this.#link.segment + 1);
  }

  async #write({ frame, length }: UnsealedFrame): Promise<FramePlace> {
    const position = this.#position;
    const end = this.#position + frame.length;
    // Safety: zeros on their way to this range would overwrite the frame.
    if (end > this.#allocated && this.#extending) await this.#extending;
    const crc = sealFrame(frame, length, this.#link, this.#position);
    const file = this.#file!;
    await file.write(position, frame);
    await file.datasync();
    this.#position = end;
    this.#allocated = Math.max(this.#allocated, end);
    const { segment, sequence } = this.#link;
    this.#link = { segment, sequence: sequence + 1, previousCrc: crc };
    this.#extend(file);
    return { segment, position, bytes: frame.length, crc };
  }

  /** Fills the file with zeros ahead of the writes, aside of them. */
  #extend(file: OpenFile): void {
    const ahead = this.#allocated - this.#position;
    if (this.#extending || ahead * 2 > this.#preallocateBytes || this.#allocated >= this.#segmentBytes)
      return;
    const start = this.#allocated;
    this.#extending = file.write(start, Buffer.alloc(this.#preallocateBytes)).then(
      () => {
        this.#extending = undefined;
        // Only now: what lies behind `#allocated` waits for the zeros on their way there.
        this.#allocated = start + this.#preallocateBytes;
      },
      (error: unknown) => {
        // What was not filled is simply written later; a full disk shows itself there.
        this.#extending = undefined;
        if ((error as { code?: string }).code !== "ENOSPC")
          this.#failed ??= diskError(error, "writing", file.path);
      },
    );
  }

  #note({ reset, entries, hardState, trim }: LogBatch, frame: FramePlace): void {
    const replay = this.#replay;
    if (reset) {
      replay.trim = replay.last = reset;
      this.#reader.note({ kind: "reset", point: reset }, frame);
    }
    const last: LogPoint | undefined = entries.at(-1);
    if (last) {
      replay.last = { index: last.index, term: last.term };
      this.#reader.note({ kind: "entries", entries }, frame);
    }
    if (hardState) replay.hardState = hardState;
    if (trim && trim.index > replay.trim.index) {
      replay.trim = trim;
      this.#reader.note({ kind: "trim", point: trim }, frame);
    }
  }

  /** Deletes, oldest first, the segments that hold nothing behind the trim point. */
  async #deleteSegments(): Promise<void> {
    let deleted = false;
    while (this.#segments.length > 1 && this.#segments[1]!.lastBefore <= this.#replay.trim.index) {
      await this.#fs.remove(`${this.#options.folder}/${segmentName(this.#segments[0]!.number)}`);
      this.#segments.shift();
      deleted = true;
    }
    if (deleted) await this.#fs.syncFolder(this.#options.folder);
  }
}
