/**
 * Records: what the payload of a log frame consists of, one after the other: kind (1 byte), length (4), body.
 * All numbers are little-endian; indexes and terms are float64 (safe integers), ids uint64.
 *
 *   header    first in every segment: format, cluster, member, trim point, last point, hard state
 *   reset     the log is empty and starts behind a point (a snapshot was installed)
 *   entries   count, then for each: index, term, kind, length, data; an index already there replaces all from it on
 *   hard      term, vote, commit
 *   trim      entries up to a point are no longer needed
 */
import { CodedError } from "@quorate/base";
import type { Entry, HardState } from "@quorate/raft";
import type { DiskErrorCode } from "./disk-error.ts";
import { FRAME_HEADER_BYTES, frameBytes } from "./log-frame.ts";

/** The format that this version writes; later ones are refused. */
export const LOG_FORMAT_VERSION = 1;
const RECORD_HEADER_BYTES = 5;
const ENTRY_HEADER_BYTES = 21;
const HARD_BYTES = 24;
const POINT_BYTES = 16;
const HEADER_BYTES = 4 + 8 + 8 + POINT_BYTES * 2 + HARD_BYTES;

const KIND = { header: 1, reset: 2, entries: 3, hard: 4, trim: 5 } as const;

/** A position in the log: an entry's index and its term. */
export interface LogPoint {
  readonly index: number;
  readonly term: number;
}

/** One durable step of the log; carried out in this order. */
export interface LogBatch {
  /** Forget everything and start behind this point. */
  readonly reset?: LogPoint;
  readonly entries: readonly Entry[];
  readonly hardState?: HardState;
  /** Entries up to here are no longer needed; whole segments below it are deleted after the write. */
  readonly trim?: LogPoint;
}

/** What every segment begins with. */
export interface SegmentHeader {
  readonly formatVersion: number;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly trim: LogPoint;
  /** The last entry before this segment. */
  readonly last: LogPoint;
  readonly hardState: HardState;
}

/** One record of a frame, decoded. */
export type LogRecord =
  | { readonly kind: "header"; readonly header: SegmentHeader }
  | { readonly kind: "reset"; readonly point: LogPoint }
  | { readonly kind: "entries"; readonly entries: readonly Entry[] }
  | { readonly kind: "hard"; readonly hardState: HardState }
  | { readonly kind: "trim"; readonly point: LogPoint };

class RecordWriter {
  readonly frame: Buffer;
  #at = FRAME_HEADER_BYTES;

  constructor(payloadBytes: number) {
    this.frame = Buffer.allocUnsafe(frameBytes(payloadBytes));
  }

  begin(kind: number, length: number): void {
    this.byte(kind);
    this.uint32(length);
  }

  byte(value: number): void {
    this.frame[this.#at++] = value;
  }

  uint32(value: number): void {
    this.#at = this.frame.writeUInt32LE(value, this.#at);
  }

  integer(value: number): void {
    this.#at = this.frame.writeDoubleLE(value, this.#at);
  }

  id(value: bigint): void {
    this.#at = this.frame.writeBigUInt64LE(value, this.#at);
  }

  bytes(value: Uint8Array): void {
    this.frame.set(value, this.#at);
    this.#at += value.length;
  }

  point(point: LogPoint): void {
    this.integer(point.index);
    this.integer(point.term);
  }

  hard(state: HardState): void {
    this.integer(state.term);
    this.id(state.vote);
    this.integer(state.commit);
  }
}

/** A frame with the payload filled in, still to be sealed. */
export interface UnsealedFrame {
  readonly frame: Buffer;
  readonly length: number;
}

function entriesBytes(entries: readonly Entry[]): number {
  let bytes = 4;
  for (const entry of entries) bytes += ENTRY_HEADER_BYTES + entry.data.length;
  return bytes;
}

/** The frame of one batch. */
export function encodeBatch(batch: LogBatch): UnsealedFrame {
  const entryBytes = batch.entries.length > 0 ? entriesBytes(batch.entries) : 0;
  let length = 0;
  if (batch.reset) length += RECORD_HEADER_BYTES + POINT_BYTES;
  if (entryBytes > 0) length += RECORD_HEADER_BYTES + entryBytes;
  if (batch.hardState) length += RECORD_HEADER_BYTES + HARD_BYTES;
  if (batch.trim) length += RECORD_HEADER_BYTES + POINT_BYTES;
  const writer = new RecordWriter(length);
  if (batch.reset) {
    writer.begin(KIND.reset, POINT_BYTES);
    writer.point(batch.reset);
  }
  if (entryBytes > 0) {
    writer.begin(KIND.entries, entryBytes);
    writer.uint32(batch.entries.length);
    for (const entry of batch.entries) {
      writer.integer(entry.index);
      writer.integer(entry.term);
      writer.byte(entry.type === "conf" ? 1 : 0);
      writer.uint32(entry.data.length);
      writer.bytes(entry.data);
    }
  }
  if (batch.hardState) {
    writer.begin(KIND.hard, HARD_BYTES);
    writer.hard(batch.hardState);
  }
  if (batch.trim) {
    writer.begin(KIND.trim, POINT_BYTES);
    writer.point(batch.trim);
  }
  return { frame: writer.frame, length };
}

/** The first frame of a segment. */
export function encodeHeader(header: SegmentHeader): UnsealedFrame {
  const length = RECORD_HEADER_BYTES + HEADER_BYTES;
  const writer = new RecordWriter(length);
  writer.begin(KIND.header, HEADER_BYTES);
  writer.uint32(header.formatVersion);
  writer.id(header.clusterId);
  writer.id(header.memberId);
  writer.point(header.trim);
  writer.point(header.last);
  writer.hard(header.hardState);
  return { frame: writer.frame, length };
}

function readPoint(body: Buffer, at: number): LogPoint {
  return { index: body.readDoubleLE(at), term: body.readDoubleLE(at + 8) };
}

function readHard(body: Buffer, at: number): HardState {
  return {
    term: body.readDoubleLE(at),
    vote: body.readBigUInt64LE(at + 8),
    commit: body.readDoubleLE(at + 16),
  };
}

function readHeader(body: Buffer): SegmentHeader {
  return {
    formatVersion: body.readUInt32LE(0),
    clusterId: body.readBigUInt64LE(4),
    memberId: body.readBigUInt64LE(12),
    trim: readPoint(body, 20),
    last: readPoint(body, 36),
    hardState: readHard(body, 52),
  };
}

function readEntries(body: Buffer): readonly Entry[] {
  const entries: Entry[] = [];
  let at = 4;
  for (let left = body.readUInt32LE(0); left > 0; left--) {
    const length = body.readUInt32LE(at + 17);
    const data = body.subarray(at + ENTRY_HEADER_BYTES, at + ENTRY_HEADER_BYTES + length);
    const type = body[at + 16] === 1 ? "conf" : "normal";
    entries.push({ index: body.readDoubleLE(at), term: body.readDoubleLE(at + 8), type, data });
    at += ENTRY_HEADER_BYTES + length;
  }
  return entries;
}

/**
 * The records of a payload whose checksum has been verified; the data of entries are views into it. Throws
 * LOG_DAMAGED on a kind that it does not know.
 */
export function decodeRecords(payload: Buffer): readonly LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; at < payload.length; ) {
    const kind = payload[at]!;
    const length = payload.readUInt32LE(at + 1);
    const body = payload.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
    at += RECORD_HEADER_BYTES + length;
    if (kind === KIND.header) records.push({ kind: "header", header: readHeader(body) });
    else if (kind === KIND.reset) records.push({ kind: "reset", point: readPoint(body, 0) });
    else if (kind === KIND.entries) records.push({ kind: "entries", entries: readEntries(body) });
    else if (kind === KIND.hard) records.push({ kind: "hard", hardState: readHard(body, 0) });
    else if (kind === KIND.trim) records.push({ kind: "trim", point: readPoint(body, 0) });
    else throw new CodedError<DiskErrorCode>("LOG_DAMAGED", `a record of the unknown kind ${kind}`);
  }
  return records;
}
