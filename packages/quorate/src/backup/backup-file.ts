/**
 * Backups as files: written whole or not at all; read, whether etcd or we have written them, with their
 * checksum verified before the last record is out.
 */
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CodedError, messageOf } from "@quorate/base";
import { isBoltFile } from "@quorate/disk";
import { isRevisionRecord, readRevision, StateRestore, textOf } from "@quorate/mvcc";
import { type BackupContent, readEtcdFile } from "./etcd-file.ts";
import { readQuorateFile } from "./quorate-file.ts";

/** What a backup holds. */
export interface BackupSummary {
  readonly path: string;
  /** Whose format it is in: etcd's database, or the one that 0.1.0 wrote. */
  readonly format: "etcd" | "quorate";
  /** Of etcd's format the one that etcdutl finds. */
  readonly hash: string;
  readonly revision: number;
  /** Records of all revisions that are kept. */
  readonly records: number;
  /** Keys that exist at the newest. */
  readonly keys: number;
  /** etcd's version that the layout is of, where it is told. */
  readonly version?: string;
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

/** How a backup is read. */
export interface ReadOptions {
  /** Takes a database that was copied from etcd's data directory, which has no checksum behind it. */
  readonly skipHashCheck?: boolean;
}

/**
 * The records that a backup holds, of whichever format. Rejects with BACKUP_DAMAGED, naming the file, where
 * it is not whole; what was given out before counts for nothing then.
 */
export async function* readBackupFile(path: string, options: ReadOptions = {}): BackupContent {
  try {
    return yield* (await isEtcdFile(path)) ? readEtcdFile(path, options) : readQuorateFile(path);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const message = error.message.includes(path) ? error.message : `${path}: ${error.message}`;
    const code = error.code === "FILE_DAMAGED" ? "BACKUP_DAMAGED" : error.code;
    throw new CodedError(code, message, { cause: error });
  }
}

async function isEtcdFile(path: string): Promise<boolean> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw new CodedError("BACKUP_DAMAGED", `the backup ${path} can't be read: ${messageOf(error)}`);
  });
  try {
    const head = Buffer.alloc(64);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return isBoltFile(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Reads all of a backup. */
export async function inspectBackup(path: string, options: ReadOptions = {}): Promise<BackupSummary> {
  const state = new StateRestore();
  const keys = new Set<string>();
  const content = readBackupFile(path, options);
  let step = await content.next();
  for (; !step.done; step = await content.next()) {
    for (const [key, value] of step.value) {
      if (!state.keeps(key, value) || !isRevisionRecord(key)) continue;
      const { isTombstone, kv } = readRevision([key, value]);
      if (isTombstone) keys.delete(textOf(kv.key));
      else keys.add(textOf(kv.key));
    }
  }
  const { revision, records, appliedIndex, appliedTerm } = state;
  const { size: bytes } = await stat(path);
  return { path, ...step.value, revision, records, keys: keys.size, appliedIndex, appliedTerm, bytes };
}
