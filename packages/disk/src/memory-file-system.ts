/**
 * A FileSystem in memory that forgets on `crash()` whatever was not synced: bytes without `datasync`, names
 * without `syncFolder`. With a Random, each unsynced 512-byte sector survives or not by the toss of a coin,
 * as on a real disk that lost its power in the middle of a write. Folders themselves are durable at once.
 */
import type { Random } from "@quorate/base";
import type { FileSystem, OpenFile } from "./file-system.ts";

const SECTOR_BYTES = 512;

interface Inode {
  bytes: Uint8Array;
  size: number;
  synced: Uint8Array;
  syncedSize: number;
  /** Sectors that differ from `synced`. */
  readonly dirty: Set<number>;
}

/** What an operation may be failed with by a test: return an error to throw it. */
export type FaultHook = (
  operation: "open" | "read" | "write" | "datasync" | "truncate" | "rename" | "remove" | "sync-folder",
  path: string,
  bytes: number,
) => Error | undefined;

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes;
  const larger = new Uint8Array(Math.max(size, bytes.length * 2, 4096));
  larger.set(bytes);
  return larger;
}

/** The twin of NodeFileSystem for tests and the simulator. */
export class MemoryFileSystem implements FileSystem {
  /** Asked before every operation. */
  fault: FaultHook | undefined;
  #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  readonly #folders = new Set<string>();
  #epoch = 0;

  /** Forgets what was not synced; open files of before fail with `EIO` from now on. */
  crash(random?: Random): void {
    this.#epoch++;
    for (const inode of this.#durableNames.values()) {
      const survivors = random ? [...inode.dirty].filter(() => random.int(2) === 0) : [];
      const size = survivors.length > 0 ? inode.size : inode.syncedSize;
      const bytes = grown(inode.synced.slice(0, inode.syncedSize), size);
      for (const sector of survivors) {
        const start = sector * SECTOR_BYTES;
        bytes.set(inode.bytes.subarray(start, Math.min(start + SECTOR_BYTES, inode.size)), start);
      }
      inode.bytes = bytes;
      inode.size = size;
      inode.synced = bytes.slice();
      inode.syncedSize = size;
      inode.dirty.clear();
    }
    this.#names = new Map(this.#durableNames);
  }

  /**
   * What a failed sync leaves: all that was to be written can be read, counts as written, and is not on the disk
   * until it is written again.
   */
  loseDirty(path: string): void {
    this.#names.get(path)?.dirty.clear();
  }

  /** The current content of a file, for tests to look at; undefined where absent. */
  peek(path: string): Uint8Array | undefined {
    const inode = this.#names.get(path);
    return inode?.bytes.slice(0, inode.size);
  }

  /** Changes a file behind the back of its owner and makes that durable: bit rot, torn tails. */
  poke(path: string, bytes: Uint8Array): void {
    const inode = this.#makeInode();
    inode.bytes = bytes.slice();
    inode.size = bytes.length;
    inode.synced = bytes.slice();
    inode.syncedSize = bytes.length;
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  /** Every file's path, sorted. */
  paths(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<OpenFile> {
    this.#check("open", path);
    let inode = this.#names.get(path);
    if (!inode) {
      if (!options.create) throw systemError("ENOENT", path);
      inode = this.#makeInode();
      this.#names.set(path, inode);
    }
    return this.#handle(path, inode);
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    this.#check("read", path);
    return this.peek(path);
  }

  readSync(path: string, position: number, length: number): Uint8Array {
    this.#check("read", path, length);
    const inode = this.#names.get(path);
    if (!inode) throw systemError("ENOENT", path);
    return inode.bytes.slice(position, Math.min(position + length, inode.size));
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const path of [...this.#names.keys(), ...this.#folders]) {
      if (path.startsWith(`${folder}/`)) names.add(path.slice(folder.length + 1).split("/", 1)[0]!);
    }
    return [...names].sort();
  }

  async makeFolder(folder: string): Promise<void> {
    this.#folders.add(folder);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check("rename", from);
    const inode = this.#names.get(from);
    if (!inode) throw systemError("ENOENT", from);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  async remove(path: string): Promise<void> {
    this.#check("remove", path);
    this.#folders.delete(path);
    for (const name of [...this.#names.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) this.#names.delete(name);
    }
    for (const name of [...this.#durableNames.keys()]) {
      if (name.startsWith(`${path}/`)) this.#durableNames.delete(name);
    }
  }

  async syncFolder(folder: string): Promise<void> {
    this.#check("sync-folder", folder);
    for (const name of [...this.#durableNames.keys()]) {
      if (folderOf(name) === folder && !this.#names.has(name)) this.#durableNames.delete(name);
    }
    for (const [name, inode] of this.#names) {
      if (folderOf(name) === folder) this.#durableNames.set(name, inode);
    }
  }

  #makeInode(): Inode {
    return { bytes: new Uint8Array(0), size: 0, synced: new Uint8Array(0), syncedSize: 0, dirty: new Set() };
  }

  #check(operation: Parameters<FaultHook>[0], path: string, bytes = 0): void {
    const error = this.fault?.(operation, path, bytes);
    if (error) throw error;
  }

  #handle(path: string, inode: Inode): OpenFile {
    const epoch = this.#epoch;
    const enter = (operation: Parameters<FaultHook>[0], bytes = 0): void => {
      if (epoch !== this.#epoch) throw systemError("EIO", path);
      this.#check(operation, path, bytes);
    };
    return {
      path,
      size: async () => inode.size,
      read: async (position, length) => {
        enter("read", length);
        return inode.bytes.slice(position, Math.min(position + length, inode.size));
      },
      write: async (position, bytes) => {
        enter("write", bytes.length);
        const end = position + bytes.length;
        inode.bytes = grown(inode.bytes, end);
        inode.bytes.set(bytes, position);
        inode.size = Math.max(inode.size, end);
        for (let at = Math.floor(position / SECTOR_BYTES); at * SECTOR_BYTES < end; at++) inode.dirty.add(at);
      },
      truncate: async (size) => {
        enter("truncate");
        inode.bytes = grown(inode.bytes, size);
        inode.bytes.fill(0, Math.min(size, inode.size));
        for (let at = Math.floor(Math.min(size, inode.size) / SECTOR_BYTES); ; at++) {
          if (at * SECTOR_BYTES >= Math.max(size, inode.size)) break;
          inode.dirty.add(at);
        }
        inode.size = size;
      },
      datasync: async () => {
        enter("datasync");
        inode.synced = grown(inode.synced, inode.size);
        for (const sector of inode.dirty) {
          const start = sector * SECTOR_BYTES;
          const end = Math.min(start + SECTOR_BYTES, inode.size);
          if (start < end) inode.synced.set(inode.bytes.subarray(start, end), start);
        }
        // What was cut off must not come back when the file grows again.
        inode.synced.fill(0, Math.min(inode.size, inode.syncedSize), inode.syncedSize);
        inode.syncedSize = inode.size;
        inode.dirty.clear();
      },
      close: async () => {},
    };
  }
}
