/**
 * Looks through LevelDB's own log before LevelDB does: it drops a damaged record without a word and goes on with those
 * behind it, which would leave a hole in the applied state. A damaged tail is harmless: the applied index goes back with
 * it, and the write-ahead log has the rest.
 *
 * LevelDB's doc/log_format.md: blocks of 32 KiB, records of masked crc32c (4), length (2), type (1), data; a record does
 * not cross blocks.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "@quorate/base";
import { type DiskErrorCode, REPLACE_MEMBER } from "./disk-error.ts";

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const TYPE_MAX = 4;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  return crc >>> 0;
});

/** LevelDB's masked crc32c of [start, end). */
function maskedCrc(bytes: Buffer, start: number, end: number): number {
  let crc = 0xffff_ffff;
  for (let i = start; i < end; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0;
}

/** Where the record at `at` ends; undefined where there is no good one. */
function recordEnd(bytes: Buffer, at: number): number | undefined {
  const blockEnd = Math.min(bytes.length, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
  if (at + HEADER_BYTES > blockEnd) return undefined;
  const end = at + HEADER_BYTES + bytes.readUInt16LE(at + 4);
  const type = bytes[at + 6]!;
  if (end > blockEnd || type === 0 || type > TYPE_MAX) return undefined;
  return maskedCrc(bytes, at + 6, end) === bytes.readUInt32LE(at) ? end : undefined;
}

function nextBlock(at: number): number {
  return (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES;
}

/** Whether a good record follows the bad one at `at`: right behind it, or at the start of a later block. */
function hasLaterRecord(bytes: Buffer, at: number): boolean {
  if (at + HEADER_BYTES <= bytes.length) {
    const behind = at + HEADER_BYTES + bytes.readUInt16LE(at + 4);
    if (behind < nextBlock(at) && recordEnd(bytes, behind) !== undefined) return true;
  }
  for (let block = nextBlock(at); block < bytes.length; block += BLOCK_BYTES) {
    if (recordEnd(bytes, block) !== undefined) return true;
  }
  return false;
}

/** Offset of a damaged record that good ones follow; undefined where the log is whole, or only its tail is not. */
export function findHole(bytes: Buffer): number | undefined {
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    if (nextBlock(at) - at < HEADER_BYTES) {
      at = nextBlock(at);
      continue;
    }
    const end = recordEnd(bytes, at);
    if (end === undefined) return hasLaterRecord(bytes, at) ? at : undefined;
    at = end;
  }
  return undefined;
}

/** Throws STATE_DAMAGED where a log of the LevelDB in `folder` has a hole. */
export async function checkLevelLogs(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(".log")) continue;
    const path = join(folder, name);
    const offset = findHole(await readFile(path));
    if (offset === undefined) continue;
    const message = `the state file ${path} is damaged at offset ${offset}, and later records follow`;
    throw new CodedError<DiskErrorCode>("STATE_DAMAGED", `${message}: ${REPLACE_MEMBER}`, {
      details: { path, offset },
    });
  }
}
