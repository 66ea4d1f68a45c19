/**
 * A member's data directory: who it belongs to, the lock that keeps a second process out, the log and the
 * state.
 *
 *   member.json       format version, cluster id, member id, name, and an id of the directory itself
 *   lock/, member.pid a LevelDB whose lock dies with the process, and whom to name to the one who is refused
 *   log/              segments of the write-ahead log
 *   state/            state.json and the LevelDB folder that it names
 */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { CodedError, hasCode } from "@quorate/base";
import { type DiskErrorCode, diskError, REPLACE_MEMBER } from "./disk-error.ts";
import { type FileSystem, writeFileAtomically } from "./file-system.ts";
import { LevelStore, type LevelStoreOptions } from "./level-store.ts";
import { NodeFileSystem } from "./node-file-system.ts";
import { StateFolder } from "./state-folder.ts";
import { WriteAheadLog, type WriteAheadLogOptions } from "./write-ahead-log.ts";

/** The format that this version writes; later ones are refused. */
export const DIRECTORY_FORMAT_VERSION = 1;

/** Whose directory it is: fixed when it is made. */
export interface DirectoryIdentity {
  readonly formatVersion: number;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly name: string;
  /**
   * Drawn when the directory is made. The cluster knows it, so that a member that comes back under its id
   * without its data is told from the one that it was. 0n in a directory that has none.
   */
  readonly directoryId: bigint;
}

/** Which directory, on what, and with how much memory. */
export interface DataDirectoryOptions {
  readonly path: string;
  readonly fs?: FileSystem;
  readonly level?: LevelStoreOptions;
}

function parseIdentity(bytes: Uint8Array, path: string): DirectoryIdentity {
  let parsed: {
    formatVersion: number;
    clusterId: string;
    memberId: string;
    name: string;
    directoryId?: string;
  };
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const { formatVersion, name } = parsed;
    if (!Number.isSafeInteger(formatVersion) || typeof name !== "string")
      throw new Error("a field is missing");
    const [clusterId, memberId] = [BigInt(`0x${parsed.clusterId}`), BigInt(`0x${parsed.memberId}`)];
    const directoryId = BigInt(`0x${parsed.directoryId ?? "0"}`);
    if (formatVersion <= DIRECTORY_FORMAT_VERSION)
      return { formatVersion, clusterId, memberId, name, directoryId };
  } catch (error) {
    const message = `${path} is damaged: ${REPLACE_MEMBER}`;
    throw new CodedError<DiskErrorCode>("STATE_DAMAGED", message, { cause: error, details: { path } });
  }
  throw new CodedError<DiskErrorCode>(
    "DIRECTORY_MISMATCH",
    `${path} has format ${parsed.formatVersion}, this version reads up to ${DIRECTORY_FORMAT_VERSION}: use a newer one`,
    { details: { path } },
  );
}

/** An open and locked data directory. */
export class DataDirectory {
  readonly path: string;
  readonly #fs: FileSystem;
  readonly #level: LevelStoreOptions;
  readonly #lock: LevelStore;
  #identity: DirectoryIdentity | undefined;

  private constructor(path: string, fs: FileSystem, level: LevelStoreOptions, lock: LevelStore) {
    this.path = path;
    this.#fs = fs;
    this.#level = level;
    this.#lock = lock;
  }

  /** Makes the directory where absent and locks it. Throws DIRECTORY_LOCKED, DIRECTORY_NOT_WRITABLE, ... */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const path = resolve(options.path);
    const fs = options.fs ?? new NodeFileSystem();
    let lock: LevelStore | undefined;
    try {
      await fs.makeFolder(path);
      lock = await DataDirectory.#takeLock(fs, path);
      const directory = new DataDirectory(path, fs, options.level ?? {}, lock);
      const bytes = await fs.readFile(`${path}/member.json`);
      if (bytes) directory.#identity = parseIdentity(bytes, `${path}/member.json`);
      return directory;
    } catch (error) {
      await lock?.close();
      throw diskError(error, "opening the data directory", path);
    }
  }

  static async #takeLock(fs: FileSystem, path: string): Promise<LevelStore> {
    try {
      const lock = await LevelStore.open(`${path}/lock`, { writeBufferBytes: 65_536, cacheBytes: 65_536 });
      await writeFileAtomically(fs, path, "member.pid", Buffer.from(`${process.pid}\n`));
      return lock;
    } catch (error) {
      if (!hasCode(error, "DIRECTORY_LOCKED")) throw error;
      const pid = await fs.readFile(`${path}/member.pid`).catch(() => undefined);
      const who = pid ? `process ${Buffer.from(pid).toString("utf8").trim()}` : "another process";
      const message = `the data directory ${path} is in use by ${who}: stop it, or choose another directory`;
      throw new CodedError<DiskErrorCode>("DIRECTORY_LOCKED", message, { cause: error, details: { path } });
    }
  }

  /** Undefined while the directory is fresh. */
  get identity(): DirectoryIdentity | undefined {
    return this.#identity;
  }

  /** Marks a fresh directory as a member's. */
  async writeIdentity(identity: Omit<DirectoryIdentity, "formatVersion" | "directoryId">): Promise<void> {
    const directoryId = randomBytes(8).readBigUInt64BE() | 1n;
    const content = {
      formatVersion: DIRECTORY_FORMAT_VERSION,
      clusterId: identity.clusterId.toString(16),
      memberId: identity.memberId.toString(16),
      name: identity.name,
      directoryId: directoryId.toString(16),
    };
    const bytes = Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`);
    await writeFileAtomically(this.#fs, this.path, "member.json", bytes).catch((error: unknown) => {
      throw diskError(error, "writing", `${this.path}/member.json`);
    });
    this.#identity = { ...identity, directoryId, formatVersion: DIRECTORY_FORMAT_VERSION };
  }

  /** Opens the log of the directory's member, or of the one that it is to become. */
  openLog(
    options: Partial<WriteAheadLogOptions> = {},
    identity: Pick<DirectoryIdentity, "clusterId" | "memberId"> = this.#identity!,
  ): ReturnType<typeof WriteAheadLog.open> {
    const { clusterId, memberId } = identity;
    return WriteAheadLog.open({ ...options, fs: this.#fs, folder: `${this.path}/log`, clusterId, memberId });
  }

  openState(): Promise<StateFolder> {
    return StateFolder.open(this.#fs, `${this.path}/state`, this.#level);
  }

  /** Gives the lock back; log and state are closed by their owners before. */
  async close(): Promise<void> {
    await this.#fs.remove(`${this.path}/member.pid`).catch(() => {});
    await this.#lock.close();
  }
}
