/**
 * A snapshot that etcd has saved, or that we have in its format, as records of our state. Its SHA-256 is
 * checked before the first of them is out; a database that was copied from a data directory has none.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { CRC32C_START, crc32c, crc32cOf } from "@quorate/base";
import { BoltFile } from "@quorate/disk";
import type { RecordBytes } from "@quorate/mvcc";
import { EtcdRecords } from "./etcd-records.ts";
import { BUCKET, backupDamaged } from "./etcd-schema.ts";

/** What is known of a backup once all of it was read. */
export interface BackupTraits {
  readonly format: "etcd" | "quorate";
  readonly hash: string;
  readonly version?: string;
}

/** Records page by page, then what they add up to. */
export type BackupContent = AsyncGenerator<readonly RecordBytes[], BackupTraits>;

const BLOCK = 512;
const DIGEST_BYTES = 32;

/** Rejects with BACKUP_DAMAGED or FILE_DAMAGED. */
export async function* readEtcdFile(
  path: string,
  options: { readonly skipHashCheck?: boolean },
): BackupContent {
  if (!options.skipHashCheck) await checkDigest(path);
  const file = await BoltFile.open(path);
  try {
    if (!file.buckets.includes(BUCKET.key)) throw backupDamaged("it is a database, and not one of etcd");
    const records = new EtcdRecords();
    let crc = CRC32C_START;
    for (const bucket of file.buckets) {
      crc = crc32c(crc, Buffer.from(bucket));
      for await (const entries of file.entries(bucket)) {
        for (const [key, value] of entries) crc = crc32c(crc32c(crc, key), value);
        yield records.take(bucket, entries);
      }
    }
    yield records.finish();
    const { storageVersion: version } = records;
    return { format: "etcd", hash: hex(crc32cOf(crc)), ...(version ? { version } : undefined) };
  } finally {
    await file.close();
  }
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}

/**
 * Compat: a file whose length is a multiple of 512 and 32 more has a checksum, as etcdutl tells them apart.
 */
async function checkDigest(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size % BLOCK !== DIGEST_BYTES) {
    throw backupDamaged(
      "it has no checksum; it is cut short, or a database copied from a data directory: " +
        "for such a one give --skip-hash-check",
    );
  }
  const hash = createHash("sha256");
  const end = size - DIGEST_BYTES;
  for await (const part of createReadStream(path, { end: end - 1, highWaterMark: 2 ** 20 }))
    hash.update(part);
  const file = await open(path, "r");
  try {
    const digest = Buffer.alloc(DIGEST_BYTES);
    await file.read(digest, 0, DIGEST_BYTES, end);
    if (!hash.digest().equals(digest)) throw backupDamaged("its checksum does not match its content");
  } finally {
    await file.close();
  }
}
