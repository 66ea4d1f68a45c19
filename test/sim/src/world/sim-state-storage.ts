/**
 * The StateStorage port for one life: numbered states of which `state.json` names the one in use, as
 * StateFolder keeps them, on a simulated disk.
 */
import { CodedError } from "@quorate/base";
import { diskError, writeFileAtomically } from "@quorate/disk";
import type { OrderedStore, StoreRange, StoreWrite } from "@quorate/mvcc";
import type { LogPoint, StagedState, StateStorage } from "@quorate/replica";
import type { Life } from "./life.ts";
import type { SimFileSystem } from "./sim-file-system.ts";
import { StateImage } from "./state-image.ts";

interface StateFile {
  readonly folder: number;
  readonly snapshot: LogPoint | null;
}

const FOLDER = "/state";

function damaged(): CodedError<"STATE_DAMAGED"> {
  return new CodedError("STATE_DAMAGED", "the state is damaged: a value does not match its checksum");
}

async function readStateFile(fs: SimFileSystem): Promise<StateFile> {
  await fs.makeFolder(FOLDER);
  const bytes = await fs.readFile(`${FOLDER}/state.json`);
  // What the last process has only begun to make durable counts from now on.
  await fs.syncFolder(FOLDER);
  return bytes ? JSON.parse(Buffer.from(bytes).toString()) : { folder: 1, snapshot: null };
}

class LifeStore implements OrderedStore {
  readonly image: StateImage;
  readonly #life: Life;
  readonly #fs: SimFileSystem;
  #busyUntil = 0;

  constructor(image: StateImage, life: Life, fs: SimFileSystem) {
    this.image = image;
    this.#life = life;
    this.#fs = fs;
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    if (this.image.isDamaged) throw damaged();
    return this.image.values.getSync(key);
  }

  pages(range: StoreRange, pageSize?: number) {
    const pages = this.image.values.pages(range, pageSize);
    const { image } = this;
    return (async function* () {
      for await (const page of pages) {
        if (image.isDamaged) throw damaged();
        yield page;
      }
    })();
  }

  write(batch: readonly StoreWrite[], options: { readonly sync?: boolean } = {}): Promise<void> {
    if (!this.#life.alive) return new Promise(() => {});
    const sequence = this.image.apply(batch);
    const { now } = this.#life.loop;
    // One write at a time, as LevelStore does.
    this.#busyUntil = Math.max(this.#busyUntil, now) + this.#fs.time(options.sync ? "sync" : "write");
    return new Promise((resolve) => {
      this.#life.after(this.#busyUntil - now, () => {
        if (options.sync) this.image.synced(sequence);
        else this.image.written(sequence);
        resolve();
      });
    });
  }

  sizeBytes(): Promise<number> {
    return this.image.values.sizeBytes();
  }

  async close(): Promise<void> {}
}

/** The states of one machine, open. */
export class SimStateStorage implements StateStorage {
  store: OrderedStore;
  installedAt: LogPoint | undefined;
  readonly #images: Map<number, StateImage>;
  readonly #life: Life;
  readonly #fs: SimFileSystem;
  #folder: number;
  #staged: number;

  private constructor(images: Map<number, StateImage>, file: StateFile, life: Life, fs: SimFileSystem) {
    this.#images = images;
    this.#life = life;
    this.#fs = fs;
    this.#folder = file.folder;
    this.#staged = file.folder;
    this.installedAt = file.snapshot ?? undefined;
    const image = images.get(file.folder) ?? new StateImage();
    images.set(file.folder, image);
    this.store = new LifeStore(image, life, fs);
  }

  /** Opens what the machine holds; `images` are its states by their numbers. */
  static async open(
    images: Map<number, StateImage>,
    life: Life,
    fs: SimFileSystem,
  ): Promise<SimStateStorage> {
    const file = await readStateFile(fs).catch((error: unknown) => {
      throw diskError(error, "opening the state in", FOLDER);
    });
    for (const number of [...images.keys()]) if (number !== file.folder) images.delete(number);
    return new SimStateStorage(images, file, life, fs);
  }

  async stage(): Promise<StagedState> {
    const number = ++this.#staged;
    const image = new StateImage();
    this.#images.set(number, image);
    const store = new LifeStore(image, this.#life, this.#fs);
    return {
      store,
      commit: async (point) => {
        await store.write([], { sync: true });
        const { index, term } = point;
        const file: StateFile = { folder: number, snapshot: { index, term } };
        const bytes = Buffer.from(JSON.stringify(file));
        await writeFileAtomically(this.#fs, FOLDER, "state.json", bytes).catch((error: unknown) => {
          throw diskError(error, "writing", `${FOLDER}/state.json`);
        });
        this.#images.delete(this.#folder);
        this.#folder = number;
        this.store = store;
        this.installedAt = { index, term };
      },
      discard: async () => {
        this.#images.delete(number);
      },
    };
  }

  async close(): Promise<void> {}
}
