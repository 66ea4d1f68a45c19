/**
 * The process's file system behind the FileSystem port. One promise an operation, no FileHandle objects on
 * the way.
 */
import {
  close,
  closeSync,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  mkdir,
  open,
  openSync,
  read,
  readdir,
  readSync,
  rename,
  rm,
  write,
} from "node:fs";
import { errnoOf } from "./disk-error.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

function call<T>(run: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    run((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

/** Below it memory is not worth a mapping of its own. */
const PAGES_BYTES_MIN = 1024 * 1024;

/**
 * Memory whose pages go back to the system when it is not used any more, as those of a buffer that could grow
 * do. The allocator would keep a hole of that size, and from then on holes of all smaller ones.
 */
function pagesOf(bytes: number): Buffer {
  if (bytes < PAGES_BYTES_MIN) return Buffer.allocUnsafeSlow(bytes);
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes);
}

class NodeFile implements OpenFile {
  readonly path: string;
  readonly #fd: number;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  async size(): Promise<number> {
    return (await call<{ size: number }>((done) => fstat(this.#fd, done))).size;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(length);
    const filled = await this.readInto(bytes, position);
    return filled === length ? bytes : bytes.subarray(0, filled);
  }

  /** Fills `bytes` from `position`; answers with how many there were. */
  async readInto(bytes: Buffer, position: number): Promise<number> {
    let filled = 0;
    while (filled < bytes.length) {
      const got = await call<number>((done) =>
        read(this.#fd, bytes, filled, bytes.length - filled, position + filled, done),
      );
      if (got === 0) break;
      filled += got;
    }
    return filled;
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      written += await call<number>((done) =>
        write(this.#fd, bytes, written, bytes.length - written, position + written, done),
      );
    }
  }

  truncate(size: number): Promise<void> {
    return call((done) => ftruncate(this.#fd, size, done));
  }

  datasync(): Promise<void> {
    return call((done) => fdatasync(this.#fd, done));
  }

  close(): Promise<void> {
    return call((done) => close(this.#fd, done));
  }
}

/** The real file system. Files are made with mode 0600, folders with 0700: they hold a cluster's secrets. */
export class NodeFileSystem implements FileSystem {
  async open(path: string, options: { readonly create?: boolean } = {}): Promise<OpenFile> {
    try {
      return new NodeFile(path, await call<number>((done) => open(path, "r+", done)));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" || !options.create) throw error;
      return new NodeFile(path, await call<number>((done) => open(path, "w+", 0o600, done)));
    }
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    let fd: number;
    try {
      fd = await call<number>((done) => open(path, "r", done));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
    const file = new NodeFile(path, fd);
    try {
      const bytes = pagesOf(await file.size());
      return bytes.subarray(0, await file.readInto(bytes, 0));
    } finally {
      await file.close();
    }
  }

  readSync(path: string, position: number, length: number): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(length);
    const fd = openSync(path, "r");
    try {
      let filled = 0;
      while (filled < length) {
        const got = readSync(fd, bytes, filled, length - filled, position + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    } finally {
      closeSync(fd);
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    try {
      return (await call<string[]>((done) => readdir(folder, done))).sort();
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  async makeFolder(folder: string): Promise<void> {
    await call((done) => mkdir(folder, { recursive: true, mode: 0o700 }, done));
  }

  rename(from: string, to: string): Promise<void> {
    return call((done) => rename(from, to, done));
  }

  remove(path: string): Promise<void> {
    return call((done) => rm(path, { recursive: true, force: true }, done));
  }

  async syncFolder(folder: string): Promise<void> {
    // Compat: Windows can't open a folder for syncing; NTFS journals names by itself.
    if (process.platform === "win32") return;
    const fd = await call<number>((done) => open(folder, "r", done));
    try {
      await call<void>((done) => fsync(fd, done));
    } finally {
      await call<void>((done) => close(fd, done));
    }
  }
}
