/**
 * A member's disk as one life of its process sees it: MemoryFileSystem with time and faults. Operations
 * take time and take effect at their end; concurrent ones in any order. Where the process dies meanwhile, a
 * write has been carried out in part, and a sync has made durable whatever the memory file system's crash
 * leaves.
 */
import type { Random } from "@quorate/base";
import type { FileSystem, MemoryFileSystem, OpenFile } from "@quorate/disk";
import type { Life } from "./life.ts";

/** What is wrong with a disk; changes at any time. */
export interface DiskFaults {
  /** Multiplies the time of every operation. */
  slowness: number;
  /** Files can't grow. */
  isFull: boolean;
  /** So many syncs from now on fail with EIO. */
  failingSyncs: number;
  /** The process dies at the so-manieth operation from now; 0: never. */
  crashIn: number;
}

type Operation = "meta" | "read" | "write" | "sync";

/** Milliseconds: at least, and spread. */
const TIMES: Readonly<Record<Operation, readonly [number, number]>> = {
  meta: [0.02, 0.1],
  read: [0.02, 0.2],
  write: [0.02, 0.2],
  sync: [0.2, 1.5],
};

interface Pending {
  readonly partly: (() => void) | undefined;
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** A FileSystem port for one life. */
export class SimFileSystem implements FileSystem {
  readonly #inner: MemoryFileSystem;
  readonly #life: Life;
  readonly #faults: DiskFaults;
  readonly #random: Random;
  readonly #crash: () => void;
  readonly #pending = new Set<Pending>();

  constructor(
    inner: MemoryFileSystem,
    options: {
      readonly life: Life;
      readonly faults: DiskFaults;
      readonly random: Random;
      /** Ends the life because `crashIn` was reached. */
      readonly crash: () => void;
    },
  ) {
    this.#inner = inner;
    this.#life = options.life;
    this.#faults = options.faults;
    this.#random = options.random;
    this.#crash = options.crash;
  }

  /** The process is gone: writes under way are carried out in part. */
  abandon(): void {
    for (const { partly } of this.#pending) if (partly && this.#random.int(2) === 0) partly();
    this.#pending.clear();
  }

  /** What an operation of this kind takes now, in milliseconds. */
  time(operation: Operation): number {
    const [least, spread] = TIMES[operation];
    return (least + this.#random.next() * spread) * this.#faults.slowness;
  }

  open(path: string, options: { readonly create?: boolean } = {}): Promise<OpenFile> {
    return this.#do("meta", path, async () => this.#wrap(await this.#inner.open(path, options)));
  }

  readFile(path: string): Promise<Uint8Array | undefined> {
    return this.#do("read", path, () => this.#inner.readFile(path));
  }

  readSync(path: string, position: number, length: number): Uint8Array {
    return this.#inner.readSync(path, position, length);
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#do("meta", folder, () => this.#inner.list(folder));
  }

  makeFolder(folder: string): Promise<void> {
    return this.#do("meta", folder, () => this.#inner.makeFolder(folder));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#do("meta", from, () => this.#inner.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#do("meta", path, () => this.#inner.remove(path));
  }

  syncFolder(folder: string): Promise<void> {
    return this.#do("sync", folder, () => this.#inner.syncFolder(folder));
  }

  #wrap(file: OpenFile): OpenFile {
    const { path } = file;
    return {
      path,
      size: () => file.size(),
      read: (position, length) => this.#do("read", path, () => file.read(position, length)),
      write: (position, bytes) =>
        this.#do(
          "write",
          path,
          async () => {
            if (this.#faults.isFull && position + bytes.length > (await file.size()))
              throw systemError("ENOSPC", path);
            await file.write(position, bytes);
          },
          () => {
            const part = bytes.subarray(0, this.#random.int(bytes.length + 1));
            file.write(position, part).catch(() => {});
          },
        ),
      truncate: (size) => this.#do("meta", path, () => file.truncate(size)),
      datasync: () => this.#do("sync", path, () => file.datasync()),
      close: () => this.#do("meta", path, () => file.close()),
    };
  }

  #do<Result>(
    operation: Operation,
    path: string,
    effect: () => Promise<Result>,
    partly?: () => void,
  ): Promise<Result> {
    const life = this.#life;
    return new Promise((resolve, reject) => {
      if (!life.alive) return;
      const pending = { partly };
      this.#pending.add(pending);
      if (this.#faults.crashIn > 0 && --this.#faults.crashIn === 0) life.loop.after(0, this.#crash);
      life.after(this.time(operation), () => {
        this.#pending.delete(pending);
        if (operation === "sync" && this.#faults.failingSyncs > 0) {
          this.#faults.failingSyncs--;
          this.#inner.loseDirty(path);
          reject(systemError("EIO", path));
        } else effect().then(resolve, reject);
      });
    });
  }
}
