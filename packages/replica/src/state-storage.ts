/**
 * The StateStorage port: the applied state and its replacement by a snapshot, all or nothing. `StateFolder`
 * of the disk package is the real one, `MemoryStateStorage` its twin.
 */
import type { OrderedStore } from "@quorate/mvcc";
import type { LogPoint } from "./durable-log.ts";

/** A state being filled; nothing of it counts until `commit`. */
export interface StagedState {
  readonly store: OrderedStore;
  /** Makes it the state in use, durably, and closes the one before. `store` stays open. */
  commit(point: LogPoint): Promise<void>;
  discard(): Promise<void>;
}

/** The applied state of one member. */
export interface StateStorage {
  /** The state in use. */
  readonly store: OrderedStore;
  /** The snapshot that the state in use began as, if it did. */
  readonly installedAt: LogPoint | undefined;
  /** An empty state beside the one in use. */
  stage(): Promise<StagedState>;
  close(): Promise<void>;
}

/** States in memory; `open` makes an empty store. */
export class MemoryStateStorage implements StateStorage {
  store: OrderedStore;
  installedAt: LogPoint | undefined;
  readonly #open: () => OrderedStore;

  constructor(open: () => OrderedStore) {
    this.#open = open;
    this.store = open();
  }

  async stage(): Promise<StagedState> {
    const store = this.#open();
    return {
      store,
      commit: async (point) => {
        this.store = store;
        this.installedAt = point;
      },
      discard: () => store.close(),
    };
  }

  async close(): Promise<void> {}
}
