/**
 * Where the applied state lies: numbered LevelDB folders of which `state.json` names the one in use. A
 * snapshot from the leader is filled into a new folder and taken over by replacing that one file, so that a
 * crash at any point leaves the old state or the new, whole.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CodedError } from "@quorate/base";
import type { OrderedStore } from "@quorate/mvcc";
import { type DiskErrorCode, diskError, REPLACE_MEMBER } from "./disk-error.ts";
import { type FileSystem, writeFileAtomically } from "./file-system.ts";
import { type LevelLogCut, repairLevelLogs } from "./level-log-repair.ts";
import { LevelStore, type LevelStoreOptions } from "./level-store.ts";
import type { LogPoint } from "./log-record.ts";

interface StateFile {
  readonly folder: number;
  readonly snapshot: LogPoint | null;
}

/** A state being filled; nothing of it counts until `commit`. */
export interface StagedState {
  readonly store: OrderedStore;
  /**
   * Makes it the state in use, durably. `store` stays open; the one before is closed and dropped a turn
   * later, when everyone has changed over.
   */
  commit(point: LogPoint): Promise<void>;
  /** Closes and removes it. */
  discard(): Promise<void>;
}

function parseStateFile(bytes: Uint8Array, path: string): StateFile {
  try {
    const parsed = JSON.parse(Buffer.from(bytes).toString("utf8")) as StateFile;
    if (Number.isSafeInteger(parsed.folder) && parsed.folder > 0) return parsed;
  } catch {
    // Said below.
  }
  throw new CodedError<DiskErrorCode>("STATE_DAMAGED", `${path} is damaged: ${REPLACE_MEMBER}`, {
    details: { path },
  });
}

/** The state folders of one data directory. */
export class StateFolder {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #options: LevelStoreOptions;
  #folder: number;
  #store: LevelStore;
  /** The snapshot that the state in use began as, if it did. */
  installedAt: LogPoint | undefined;
  /** Where opening has cut the state's logs behind a hole that a power failure left. */
  readonly cut: LevelLogCut | undefined;
  #staged = 0;
  /** Resolves when the state before the present one is gone. */
  #retired: Promise<void> = Promise.resolve();

  private constructor(
    fs: FileSystem,
    path: string,
    options: LevelStoreOptions,
    file: StateFile,
    opened: { readonly store: LevelStore; readonly cut: LevelLogCut | undefined },
  ) {
    this.#fs = fs;
    this.#path = path;
    this.#options = options;
    this.#folder = file.folder;
    this.#staged = file.folder;
    this.installedAt = file.snapshot ?? undefined;
    this.#store = opened.store;
    this.cut = opened.cut;
  }

  /** The folder in use under `path`, without opening it. Throws STATE_DAMAGED where that can't be told. */
  static async inUse(fs: FileSystem, path: string): Promise<string> {
    const bytes = await fs.readFile(`${path}/state.json`);
    return join(path, String(bytes ? parseStateFile(bytes, `${path}/state.json`).folder : 1));
  }

  /**
   * Opens the state in use under `path` and removes what an interrupted installation left. The caller holds
   * the data directory's lock.
   */
  static async open(fs: FileSystem, path: string, options: LevelStoreOptions = {}): Promise<StateFolder> {
    try {
      await fs.makeFolder(path);
      const bytes = await fs.readFile(`${path}/state.json`);
      let file: StateFile = { folder: 1, snapshot: null };
      if (bytes) file = parseStateFile(bytes, `${path}/state.json`);
      for (const name of await fs.list(path)) {
        if (/^\d+$/.test(name) && Number(name) !== file.folder) await fs.remove(`${path}/${name}`);
      }
      const folder = join(path, String(file.folder));
      if (bytes && !(await fs.readFile(`${folder}/CURRENT`))) {
        throw new CodedError<DiskErrorCode>(
          "STATE_DAMAGED",
          `the state in ${folder} is missing: ${REPLACE_MEMBER}`,
        );
      }
      const cut = await repairLevelLogs(folder);
      const store = await LevelStore.open(folder, options);
      if (!bytes) await writeFileAtomically(fs, path, "state.json", Buffer.from(JSON.stringify(file)));
      // Safety: a killed process may have renamed the file without making that durable; the log relies on it.
      else await fs.syncFolder(path);
      return new StateFolder(fs, path, options, file, { store, cut });
    } catch (error) {
      throw diskError(error, "opening the state in", path);
    }
  }

  /** The state in use. */
  get store(): LevelStore {
    return this.#store;
  }

  /** An empty state beside the one in use. */
  async stage(): Promise<StagedState> {
    await this.#retired;
    const number = ++this.#staged;
    const folder = join(this.#path, String(number));
    await rm(folder, { recursive: true, force: true });
    const store = await LevelStore.open(folder, this.#options);
    return {
      store,
      commit: (point) => this.#commit(number, store, point),
      discard: async () => {
        await store.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#retired;
  }

  async #commit(number: number, store: LevelStore, point: LogPoint): Promise<void> {
    // Safety: the content must be durable before the file that names it is.
    await store.write([], { sync: true });
    const file: StateFile = { folder: number, snapshot: { index: point.index, term: point.term } };
    const bytes = Buffer.from(JSON.stringify(file));
    await writeFileAtomically(this.#fs, this.#path, "state.json", bytes).catch((error: unknown) => {
      throw diskError(error, "writing", `${this.#path}/state.json`);
    });
    const [before, folderBefore] = [this.#store, this.#folder];
    this.#store = store;
    this.#folder = number;
    this.installedAt = file.snapshot ?? undefined;
    this.#retired = this.#retire(before, folderBefore);
  }

  /** What is left behind where this fails is removed at the next start. */
  async #retire(store: LevelStore, folder: number): Promise<void> {
    await nextTurn();
    try {
      await store.close();
      await this.#fs.remove(join(this.#path, String(folder)));
    } catch {
      // See above.
    }
  }
}
