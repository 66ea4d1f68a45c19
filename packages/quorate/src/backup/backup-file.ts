/**
 * Backups as files: written whole or not at all, read with their checksum verified before the last record is
 * out.
 */
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { CodedError, messageOf } from "@quorate/base";
import { decodeBackup } from "@quorate/etcd-api";
import { StateRestore } from "@quorate/mvcc";
import { ByteReader } from "@quorate/replica";

/** Where a bbolt file, as etcd itself writes it, has its magic number. */
const BOLT_MAGIC_AT = 16;
const BOLT_MAGIC = 0xed0c_daed;

/** What a backup holds. */
export interface BackupSummary {
  readonly path: string;
  readonly hash: string;
  readonly revision: number;
  /** Records of all revisions that are kept. */
  readonly records: number;
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  readonly bytes: number;
}

/** Writes a backup beside its place, then renames it there; resolves with its size once that is durable. */
export async function writeBackupFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const part = `${path}.part`;
  let written = 0;
  try {
    const file = await open(part, "w", 0o600);
    try {
      for await (const chunk of bytes) {
        await file.write(chunk);
        written += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof CodedError) throw error;
    throw new CodedError("BACKUP_FAILED", `the backup ${path} can't be written: ${messageOf(error)}`);
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Compat: Windows can't open a folder for syncing.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function checkIsOurs(path: string): Promise<void> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw new CodedError("BACKUP_DAMAGED", `the backup ${path} can't be read: ${messageOf(error)}`);
  });
  try {
    const head = Buffer.alloc(BOLT_MAGIC_AT + 4);
    await file.read(head, 0, head.length, 0);
    if (head.readUInt32LE(BOLT_MAGIC_AT) !== BOLT_MAGIC) return;
    throw new CodedError(
      "BACKUP_FOREIGN",
      `${path} is a snapshot of etcd: restore it with etcdutl, start that etcd, ` +
        'and copy it with "quorate import"',
    );
  } finally {
    await file.close();
  }
}

/**
 * The chunks of the state that a backup holds. Rejects with BACKUP_DAMAGED, naming the file, where it is not
 * whole.
 */
export async function* readBackupFile(path: string): AsyncGenerator<Uint8Array> {
  await checkIsOurs(path);
  try {
    yield* decodeBackup(createReadStream(path, { highWaterMark: 1024 * 1024 }));
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** The records of a chunk, in their order. */
export function* recordsOf(chunk: Uint8Array): Generator<readonly [key: Uint8Array, value: Uint8Array]> {
  const r = new ByteReader(chunk);
  while (!r.done) yield [r.bytes(), r.bytes()];
}

/** Reads all of a backup. */
export async function inspectBackup(path: string): Promise<BackupSummary> {
  const state = new StateRestore();
  let crc = 0;
  for await (const chunk of readBackupFile(path)) {
    crc = crc32(chunk, crc);
    for (const [key, value] of recordsOf(chunk)) state.keeps(key, value);
  }
  const { revision, records, appliedIndex, appliedTerm } = state;
  const hash = crc.toString(16).padStart(8, "0");
  return { path, hash, revision, records, appliedIndex, appliedTerm, bytes: (await stat(path)).size };
}
