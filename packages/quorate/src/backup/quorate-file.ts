/**
 * The format of backups that 0.1.0 wrote: a head, the state's records in length-prefixed chunks, zeroes up
 * to a multiple of 512, and a SHA-256 of all that. It is read and no longer written.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { crc32 } from "node:zlib";
import type { RecordBytes } from "@quorate/mvcc";
import { ByteReader } from "@quorate/replica";
import type { BackupContent } from "./etcd-file.ts";
import { backupDamaged } from "./etcd-schema.ts";

const MAGIC = Buffer.from("quorate state 1\n");
const DIGEST_BYTES = 32;
/** Bound: a chunk of a file that is read. */
const CHUNK_MAX = 64 * 2 ** 20;

/** Rejects with BACKUP_DAMAGED before the last records are out where the file is not whole. */
export async function* readQuorateFile(path: string): BackupContent {
  let crc = 0;
  for await (const chunk of chunksOf(createReadStream(path, { highWaterMark: 2 ** 20 }))) {
    crc = crc32(chunk, crc);
    yield recordsOf(chunk);
  }
  return { format: "quorate", hash: crc.toString(16).padStart(8, "0") };
}

function recordsOf(chunk: Uint8Array): readonly RecordBytes[] {
  const r = new ByteReader(chunk);
  const records: RecordBytes[] = [];
  while (!r.done) records.push([r.bytes(), r.bytes()]);
  return records;
}

async function* chunksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let held = Buffer.alloc(0);
  let ended = false;
  let begun = false;
  let last: Buffer | undefined;
  for await (const part of source) {
    held = held.length === 0 ? Buffer.from(part) : Buffer.concat([held, part]);
    if (!begun) {
      if (held.length < MAGIC.length) continue;
      if (!held.subarray(0, MAGIC.length).equals(MAGIC))
        throw backupDamaged("it is no backup, neither of etcd nor of quorate");
      hash.update(MAGIC);
      held = held.subarray(MAGIC.length);
      begun = true;
    }
    while (!ended && held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > CHUNK_MAX) throw backupDamaged("a chunk is too long");
      if (length === 0) ended = true;
      if (length === 0 || held.length < 4 + length) break;
      hash.update(held.subarray(0, 4 + length));
      if (last) yield last;
      last = Buffer.from(held.subarray(4, 4 + length));
      held = held.subarray(4 + length);
    }
  }
  if (!ended || held.length < DIGEST_BYTES) throw backupDamaged("it is cut short");
  const digest = held.subarray(held.length - DIGEST_BYTES);
  hash.update(held.subarray(0, held.length - DIGEST_BYTES));
  if (!hash.digest().equals(digest)) throw backupDamaged("its checksum does not match its content");
  if (last) yield last;
}
