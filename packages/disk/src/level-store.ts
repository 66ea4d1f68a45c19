/**
 * The OrderedStore on LevelDB, every value with a checksum. Reads are synchronous and see writes that are
 * still on their way: those lie in an overlay until LevelDB has them. One batch is under way at a time, since
 * LevelDB's pool of threads keeps no order; those that arrive meanwhile go together in the next.
 *
 * Bound: memory is the write buffer (twice, while one is being written out) and the block cache; the overlay
 * is bounded by who applies, waiting for the promises.
 */
import { CodedError } from "@quorate/base";
import type { OrderedStore, StoreRange, StoreWrite } from "@quorate/mvcc";
import { Level } from "level";
import { type DiskErrorCode, diskError, errnoOf, REPLACE_MEMBER } from "./disk-error.ts";
import { folderBytes } from "./folder-bytes.ts";
import { syncLevelLogs } from "./level-log-repair.ts";
import { openValue, sealValue } from "./sealed-value.ts";

type Pair = readonly [Uint8Array, Uint8Array];
type Database = Level<Buffer, Buffer>;
/** What LevelDB has and other stores of the family don't. */
interface Compactable {
  compactRange(start: Buffer, end: Buffer): Promise<void>;
}
type DatabaseIterator = ReturnType<typeof openIterator>;

/** Sizes, in bytes, that trade memory for fewer disk reads and compactions. */
export interface LevelStoreOptions {
  readonly writeBufferBytes?: number;
  readonly cacheBytes?: number;
  /** Told of each file and folder that a synced write has made durable. */
  readonly onSync?: (path: string) => void;
}

/** A key that never holds anything: deleting it gives a batch without content something to sync. */
const SYNC_KEY = Buffer.from([0xff]);
const FIRST_KEY = Buffer.alloc(1);
/** Bound: bytes in one page. */
const PAGE_BYTES = 1024 * 1024;

type QueueItem =
  | {
      readonly kind: "write";
      readonly batch: readonly StoreWrite[];
      readonly sync: boolean;
      readonly sequence: number;
      readonly done: () => void;
      readonly failed: (error: Error) => void;
    }
  /** Runs when all before it is in LevelDB and nothing behind it. */
  | { readonly kind: "point"; readonly run: () => void; readonly failed: (error: Error) => void };

interface PendingValue {
  readonly value: Uint8Array | undefined;
  readonly sequence: number;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A string with one character a byte: equal for equal keys. */
function overlayKey(key: Uint8Array): string {
  return asBuffer(key).toString("latin1");
}

/** Frees the memory of bytes that share it with nothing else. */
function giveBack({ buffer, byteOffset, length }: Buffer): void {
  if (byteOffset === 0 && buffer.byteLength === length) (buffer as ArrayBuffer).transfer(0);
}

function openIterator(database: Database, range: StoreRange) {
  return database.iterator({
    ...(range.start ? { gte: asBuffer(range.start) } : {}),
    ...(range.end ? { lt: asBuffer(range.end) } : {}),
    fillCache: false,
    highWaterMarkBytes: PAGE_BYTES,
  });
}

/** An error of LevelDB with its cause spelled out. */
function levelError(error: unknown, doing: string, path: string): CodedError<DiskErrorCode> {
  if (error instanceof CodedError) return error as CodedError<DiskErrorCode>;
  const cause = (error as { cause?: unknown }).cause ?? error;
  const text = cause instanceof Error ? cause.message : String(cause);
  const details = { path };
  if (errnoOf(cause) === "LEVEL_LOCKED" || /lock .*LOCK/.test(text)) {
    return new CodedError("DIRECTORY_LOCKED", `${path} is in use by another process`, {
      cause: error,
      details,
    });
  }
  if (errnoOf(cause) === "LEVEL_CORRUPTION" || /corruption/i.test(text)) {
    const message = `the state in ${path} is damaged: ${text}; ${REPLACE_MEMBER}`;
    return new CodedError("STATE_DAMAGED", message, { cause: error, details });
  }
  if (/no space left|quota exceeded/i.test(text)) {
    return diskError(Object.assign(new Error(text), { code: "ENOSPC" }), doing, path);
  }
  if (/permission denied|read-only/i.test(text)) {
    return diskError(Object.assign(new Error(text), { code: "EACCES" }), doing, path);
  }
  return diskError(cause, doing, path);
}

/** Applied state on disk; one process and one instance a folder. */
export class LevelStore implements OrderedStore {
  readonly #database: Database;
  readonly #folder: string;
  readonly #onSync: LevelStoreOptions["onSync"];
  readonly #overlay = new Map<string, PendingValue>();
  #queue: QueueItem[] = [];
  #running = false;
  #sequence = 0;
  #failed: Error | undefined;
  #closed = false;
  #idle: (() => void)[] = [];

  private constructor(database: Database, folder: string, onSync: LevelStoreOptions["onSync"]) {
    this.#database = database;
    this.#folder = folder;
    this.#onSync = onSync;
  }

  /**
   * Opens the store in `folder`, making it where absent. Throws DIRECTORY_LOCKED, STATE_DAMAGED, DISK_FULL,
   * ...
   */
  static async open(folder: string, options: LevelStoreOptions = {}): Promise<LevelStore> {
    const database = new Level<Buffer, Buffer>(folder, {
      keyEncoding: "buffer",
      valueEncoding: "buffer",
      writeBufferSize: options.writeBufferBytes ?? 8 * 1024 * 1024,
      cacheSize: options.cacheBytes ?? 8 * 1024 * 1024,
      maxFileSize: 8 * 1024 * 1024,
      maxOpenFiles: 500,
    });
    try {
      await database.open();
      return new LevelStore(database, folder, options.onSync);
    } catch (error) {
      throw levelError(error, "opening the state in", folder);
    }
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    if (this.#overlay.size > 0) {
      const pending = this.#overlay.get(overlayKey(key));
      if (pending) return pending.value;
    }
    const sealed = this.#database.getSync(asBuffer(key));
    return sealed && this.#unseal(key, sealed);
  }

  write(batch: readonly StoreWrite[], options: { readonly sync?: boolean } = {}): Promise<void> {
    if (this.#failed || this.#closed) return Promise.reject(this.#failed ?? this.#closedError());
    const sequence = ++this.#sequence;
    for (const write of batch) {
      this.#overlay.set(overlayKey(write.key), {
        value: write.type === "put" ? write.value : undefined,
        sequence,
      });
    }
    return new Promise((done, failed) => {
      this.#queue.push({ kind: "write", batch, sync: options.sync === true, sequence, done, failed });
      void this.#run();
    });
  }

  pages(
    range: StoreRange,
    pageSize = 1000,
    { transient = false }: { readonly transient?: boolean } = {},
  ): AsyncIterable<readonly Pair[]> {
    const iterator = new Promise<DatabaseIterator>((resolve, failed) => {
      if (this.#failed || this.#closed) return failed(this.#failed ?? this.#closedError());
      const run = (): void => resolve(openIterator(this.#database, range));
      this.#queue.push({ kind: "point", run, failed });
      void this.#run();
    });
    iterator.catch(() => {});
    return this.#pages(iterator, pageSize, transient);
  }

  async reclaim(): Promise<void> {
    // Behind what is still on its way.
    await this.write([]);
    try {
      // The first only writes out what was in memory, the deletions: they meet the files below in the second.
      for (let time = 0; time < 2; time++) {
        await (this.#database as Database & Compactable).compactRange(FIRST_KEY, SYNC_KEY);
      }
    } catch (error) {
      if (!this.#closed) throw levelError(error, "reclaiming space of the state in", this.#folder);
    }
  }

  async sizeBytes(): Promise<number> {
    return folderBytes(this.#folder);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#database.close();
  }

  #unseal(key: Uint8Array, sealed: Buffer): Buffer {
    const value = openValue(key, sealed);
    if (value) return value;
    const name = asBuffer(key).toString("hex");
    const message = `the state in ${this.#folder} is damaged: the value of ${name} does not match its checksum`;
    throw new CodedError<DiskErrorCode>("STATE_DAMAGED", `${message}; ${REPLACE_MEMBER}`, {
      details: { path: this.#folder },
    });
  }

  #closedError(): Error {
    return new CodedError<DiskErrorCode>("LOG_CLOSED", `the state in ${this.#folder} is closed`);
  }

  async *#pages(
    opening: Promise<DatabaseIterator>,
    pageSize: number,
    transient: boolean,
  ): AsyncGenerator<readonly Pair[]> {
    const iterator = await opening;
    try {
      for (;;) {
        // Whole bytes of a page are bounded by the iterator, however large the values are.
        const part = await iterator.nextv(pageSize);
        if (part.length === 0) return;
        yield part.map(([key, sealed]): Pair => [key, this.#unseal(key, sealed)]);
        // Measured: left to the collector, the values of a large state are some 50 MB of holes afterwards.
        if (transient) for (const [, sealed] of part) giveBack(sealed);
      }
    } catch (error) {
      throw levelError(error, "reading the state in", this.#folder);
    } finally {
      await iterator.close();
    }
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      if (first.kind === "point") {
        this.#queue.shift();
        first.run();
        continue;
      }
      const end = this.#queue.findIndex((item) => item.kind === "point");
      const group = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
      await this.#writeGroup(group as (QueueItem & { kind: "write" })[]);
      if (this.#failed) for (const item of this.#queue.splice(0)) item.failed(this.#failed);
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #writeGroup(group: readonly (QueueItem & { kind: "write" })[]): Promise<void> {
    const chained = this.#database.batch();
    let sync = false;
    try {
      for (const item of group) {
        sync ||= item.sync;
        for (const write of item.batch) {
          if (write.type === "put") chained.put(asBuffer(write.key), sealValue(write.key, write.value));
          else chained.del(asBuffer(write.key));
        }
      }
      if (sync && chained.length === 0) chained.del(SYNC_KEY);
      await chained.write({ sync });
      if (sync) await syncLevelLogs(this.#folder, this.#onSync);
    } catch (error) {
      const failure = levelError(error, "writing the state in", this.#folder);
      this.#failed ??= failure;
      for (const item of group) item.failed(failure);
      return;
    }
    const last = group.at(-1)!.sequence;
    for (const item of group) {
      for (const write of item.batch) {
        const key = overlayKey(write.key);
        const pending = this.#overlay.get(key);
        if (pending && pending.sequence <= last) this.#overlay.delete(key);
      }
    }
    for (const item of group) item.done();
  }
}
