/**
 * The bytes of LevelDB's own log and manifest, as far as it takes to see where a log ends and whether two
 * logs follow each other.
 *
 * LevelDB's doc/log_format.md: blocks of 32 KiB, fragments of masked crc32c (4), length (2), type (1), data;
 * a fragment does not cross blocks. A record of a write log is a batch: sequence (8), count (4), operations;
 * the next one's sequence is the sum of both.
 */

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;
const BATCH_HEADER_BYTES = 12;

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

function nextBlock(at: number): number {
  return (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES;
}

/** Where the fragment at `at` ends; undefined where there is no good one. */
function fragmentEnd(bytes: Buffer, at: number): number | undefined {
  const blockEnd = Math.min(bytes.length, nextBlock(at));
  if (at + HEADER_BYTES > blockEnd) return undefined;
  const end = at + HEADER_BYTES + bytes.readUInt16LE(at + 4);
  const type = bytes[at + 6]!;
  if (end > blockEnd || type < FULL || type > LAST) return undefined;
  return maskedCrc(bytes, at + 6, end) === bytes.readUInt32LE(at) ? end : undefined;
}

/** A record of a log, put together from its fragments. */
export interface LevelLogRecord {
  readonly data: Buffer;
  readonly start: number;
  readonly end: number;
}

/** The records from the start of the log up to the first that is not whole. */
export function* levelLogRecords(bytes: Buffer): Generator<LevelLogRecord> {
  let parts: Buffer[] = [];
  let start = 0;
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    if (nextBlock(at) - at < HEADER_BYTES) {
      at = nextBlock(at);
      continue;
    }
    const end = fragmentEnd(bytes, at);
    if (end === undefined) return;
    const type = bytes[at + 6]!;
    const begins = type === FULL || type === FIRST;
    if (begins !== (parts.length === 0)) return;
    if (begins) start = at;
    parts.push(bytes.subarray(at + HEADER_BYTES, end));
    if (type === FULL || type === LAST) {
      yield { data: parts.length === 1 ? parts[0]! : Buffer.concat(parts), start, end };
      parts = [];
    }
    at = end;
  }
}

/** What a write log holds from its start. */
export interface LevelLogScan {
  /** Bytes up to the end of the last batch that is whole and follows on the one before. */
  readonly goodBytes: number;
  /** The sequence that the next batch must have; undefined where nothing is known of it. */
  readonly nextSequence: bigint | undefined;
  /** Whether good fragments follow behind `goodBytes`: what is between is a hole. */
  readonly hasLater: boolean;
}

/**
 * Looks through a write log; `expected` is the sequence that its first batch must have, where that is known.
 */
export function scanLevelLog(bytes: Buffer, expected: bigint | undefined): LevelLogScan {
  let nextSequence = expected;
  let goodBytes = 0;
  for (const { data, end } of levelLogRecords(bytes)) {
    const sequence = data.length < BATCH_HEADER_BYTES ? -1n : data.readBigUInt64LE(0);
    if (sequence < 0n || (nextSequence ?? sequence) !== sequence) {
      return { goodBytes, nextSequence, hasLater: true };
    }
    nextSequence = sequence + BigInt(data.readUInt32LE(8));
    goodBytes = end;
  }
  return { goodBytes, nextSequence, hasLater: hasLaterFragment(bytes, goodBytes) };
}

/**
 * Whether a fragment is whole behind the first bad one from `from` on: where that says that it ends, or in a
 * later block.
 */
function hasLaterFragment(bytes: Buffer, from: number): boolean {
  const bad = firstBadFragment(bytes, from);
  if (bad + HEADER_BYTES > bytes.length) return false;
  const behind = bad + HEADER_BYTES + bytes.readUInt16LE(bad + 4);
  if (behind < nextBlock(bad) && fragmentEnd(bytes, behind) !== undefined) return true;
  for (let block = nextBlock(bad); block < bytes.length; block += BLOCK_BYTES) {
    if (fragmentEnd(bytes, block) !== undefined) return true;
  }
  return false;
}

function firstBadFragment(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (nextBlock(at) - at < HEADER_BYTES) at = nextBlock(at);
    const end = fragmentEnd(bytes, at);
    if (end === undefined) return at;
    at = end;
  }
}

class VarintReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("cut short");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  skipText(): void {
    this.#at += this.number();
  }
}

/** The fields of a version edit by their tags: `n` a number, `t` a text. */
const EDIT_FIELDS: Readonly<Record<number, string>> = {
  1: "t",
  2: "n",
  3: "n",
  4: "n",
  5: "nt",
  6: "nn",
  7: "nnntt",
  9: "n",
};
const LOG_NUMBER = 2;

/** The oldest write log that a manifest still needs; 0 where it does not say. */
export function oldestNeededLog(manifest: Buffer): number {
  let needed = 0;
  for (const { data } of levelLogRecords(manifest)) {
    const edit = new VarintReader(data);
    while (!edit.done) {
      const tag = edit.number();
      for (const field of EDIT_FIELDS[tag] ?? "") {
        if (field === "t") edit.skipText();
        else {
          const value = edit.number();
          if (tag === LOG_NUMBER) needed = value;
        }
      }
      if (!(tag in EDIT_FIELDS)) return needed;
    }
  }
  return needed;
}
