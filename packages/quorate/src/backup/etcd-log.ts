/**
 * Looks through the write-ahead log of a stopped etcd: whose it is, how far it reaches, what was voted. Its
 * entries are not read; who wants them has etcd apply them.
 *
 *   file    frames, then zeroes
 *   frame   length:u64 (its top byte is 0x80 and the bytes of padding), record, padding
 *   record  type=1 crc=2 data=3; the types are 1 metadata, 2 entry, 3 hard state, 4 crc, 5 snapshot
 *
 * The checksum of a record is a CRC-32C of all data before it, too; the one of a `crc` record begins a file.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError, crc32c, crc32cOf } from "@quorate/base";

/** What the log says. */
export interface EtcdLog {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** Index of the last entry, or of the snapshot behind which there is none. */
  readonly lastIndex: number;
  readonly term: number;
  readonly vote: bigint;
}

type Fields = ReadonlyMap<number, bigint | Buffer>;

const RECORD = { metadata: 1n, entry: 2n, hardState: 3n, crc: 4n, snapshot: 5n } as const;
const LENGTH_BYTES = 8;

/** Reads all files of the folder, one after the other. Throws ETCD_LOG_DAMAGED naming the file. */
export async function readEtcdLog(folder: string): Promise<EtcdLog> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".wal")).sort();
  const log = { memberId: 0n, clusterId: 0n, lastIndex: 0, term: 0, vote: 0n };
  let crc = 0;
  for (const name of names) {
    const path = join(folder, name);
    const isLast = name === names.at(-1);
    for (const record of recordsOf(await readFile(path), path, isLast)) {
      const data = bytesField(record, 3);
      const said = Number(numberField(record, 2));
      const type = numberField(record, 1);
      if (type === RECORD.crc) {
        if (crc !== 0 && said !== crc) throw damaged(path);
        crc = said;
        continue;
      }
      crc = crc32cOf(crc32c(~crc, data));
      if (said !== crc) throw damaged(path);
      note(log, type, fieldsOf(data));
    }
  }
  if (log.memberId === 0n) throw new CodedError("ETCD_LOG_DAMAGED", `${folder} holds no log of etcd`);
  return log;
}

function note(log: { -readonly [Name in keyof EtcdLog]: EtcdLog[Name] }, type: bigint, data: Fields): void {
  switch (type) {
    case RECORD.metadata:
      log.memberId = numberField(data, 1);
      log.clusterId = numberField(data, 2);
      break;
    case RECORD.entry:
      // An entry at an index that is there already replaces it and all behind it.
      log.lastIndex = Number(numberField(data, 3));
      break;
    case RECORD.hardState:
      log.term = Number(numberField(data, 1));
      log.vote = numberField(data, 2);
      break;
    case RECORD.snapshot:
      log.lastIndex = Math.max(log.lastIndex, Number(numberField(data, 1)));
      break;
    default:
  }
}

/** The frames of a file. What a crash has cut short at the end of the last file was never acknowledged. */
function* recordsOf(file: Buffer, path: string, isLast: boolean): Generator<Fields> {
  let at = 0;
  while (at + LENGTH_BYTES <= file.length) {
    const field = file.readBigUInt64LE(at);
    if (field === 0n) return;
    const isPadded = field >> 63n === 1n;
    const bytes = Number(field & 0xff_ffff_ffff_ffffn);
    const padding = isPadded ? Number((field >> 56n) & 7n) : 0;
    const end = at + LENGTH_BYTES + bytes;
    if (end + padding > file.length) {
      if (isLast) return;
      throw damaged(path);
    }
    const record = file.subarray(at + LENGTH_BYTES, end);
    if (isLast && isTorn(record, at + LENGTH_BYTES)) return;
    yield fieldsOf(record);
    at = end + padding;
  }
}

/** Compat: as etcd tells a torn write, by a sector of it that holds nothing but zeroes. */
function isTorn(record: Buffer, offset: number): boolean {
  const sector = 512;
  for (let at = 0; at < record.length; ) {
    const next = Math.min(at + sector - ((offset + at) % sector), record.length);
    if (record.subarray(at, next).every((byte) => byte === 0)) return true;
    at = next;
  }
  return false;
}

/** The fields of a protobuf message by number, of those that have one of two kinds. */
function fieldsOf(message: Buffer): Fields {
  const fields = new Map<number, bigint | Buffer>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new CodedError("ETCD_LOG_DAMAGED", "a record of etcd's log can't be read");
  };
  while (at < message.length) {
    const tag = Number(varint());
    if ((tag & 7) === 0) fields.set(tag >> 3, varint());
    else if ((tag & 7) === 2) {
      const length = Number(varint());
      fields.set(tag >> 3, message.subarray(at, at + length));
      at += length;
    } else throw new CodedError("ETCD_LOG_DAMAGED", "a record of etcd's log can't be read");
  }
  return fields;
}

function numberField(fields: Fields, number: number): bigint {
  const value = fields.get(number);
  return typeof value === "bigint" ? value : 0n;
}

function bytesField(fields: Fields, number: number): Buffer {
  const value = fields.get(number);
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function damaged(path: string): CodedError<"ETCD_LOG_DAMAGED"> {
  return new CodedError("ETCD_LOG_DAMAGED", `${path} is damaged: its checksums do not match its content`);
}
