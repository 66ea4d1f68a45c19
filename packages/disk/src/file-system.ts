/**
 * The FileSystem port: the few operations that the log and the data directory need, so that a simulator can
 * run the production code on simulated disks. `NodeFileSystem` is the real one, `MemoryFileSystem` its twin
 * with `crash()`.
 *
 * Durability: written bytes are durable after `datasync`, a created, renamed or removed name after
 * `syncFolder` of its folder. Nothing else is promised. Failures carry the system's code (`ENOENT`, `ENOSPC`,
 * ...).
 */

/** A file open for reading and writing. Positions and sizes are bytes. */
export interface OpenFile {
  readonly path: string;
  size(): Promise<number>;
  /** Up to `length` bytes from `position`; fewer only at the end of the file. The caller owns them. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all of `bytes` at `position`, growing the file. `bytes` must stay unchanged until it resolves. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Resolves when all written so far, and the size, are on stable storage. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** The operations of a file system that the log and the data directory rely on. */
export interface FileSystem {
  /** Opens for reading and writing; with `create` an absent file is made. */
  open(path: string, options?: { readonly create?: boolean }): Promise<OpenFile>;
  /** The whole content, undefined where there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /**
   * Up to `length` bytes of a file from `position`; fewer only at its end. For what was written a while ago
   * and nearly always lies in the system's cache: the caller waits.
   */
  readSync(path: string, position: number, length: number): Uint8Array;
  /** Names in the folder, sorted; empty where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes the folder and those above it. */
  makeFolder(folder: string): Promise<void>;
  /** Atomic; replaces a file at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all in it; nothing happens where it is absent. */
  remove(path: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
}

/** Replaces `path` by `bytes` so that a crash leaves either the old content or the new, never a mix. */
export async function writeFileAtomically(
  fs: FileSystem,
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = `${folder}/${name}.tmp`;
  const file = await fs.open(temporary, { create: true });
  try {
    await file.truncate(0);
    await file.write(0, bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  await fs.rename(temporary, `${folder}/${name}`);
  await fs.syncFolder(folder);
}
