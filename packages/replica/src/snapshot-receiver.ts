/**
 * Takes the leader's state in: into a staged store beside the one in use, with its key index built, before
 * raft hears of it. So by the time that raft wants it installed, what is left is a rename (a crash before it
 * leaves the old state).
 */
import { CodedError } from "@quorate/base";
import { type OrderedStore, Store, type StoreOptions } from "@quorate/mvcc";
import type { MemberId, SnapshotMeta } from "@quorate/raft";
import { Membership } from "./membership.ts";
import type { SnapshotHead } from "./peer-transport.ts";
import { decodeState } from "./snapshot-codec.ts";
import type { StagedState, StateStorage } from "./state-storage.ts";

/** A state that waits for raft's decision. */
export interface ArrivedSnapshot {
  readonly meta: SnapshotMeta;
  readonly staged: StagedState;
  readonly disk: OrderedStore;
  readonly store: Store;
  readonly membership: Membership;
}

/** What the receiver asks of raft. */
export interface SnapshotReceiverHandlers {
  /** Index up to which this member needs no snapshot. */
  committedIndex(): number;
  /** Steps the message into raft; true where raft wants the state installed. */
  offer(head: SnapshotHead): Promise<boolean>;
  note(line: string): void;
}

/** One transfer at a time. */
export class SnapshotReceiver {
  readonly #storage: StateStorage;
  readonly #options: StoreOptions;
  readonly #handlers: SnapshotReceiverHandlers;
  #busy = false;
  #arrived: ArrivedSnapshot | undefined;

  constructor(storage: StateStorage, options: StoreOptions, handlers: SnapshotReceiverHandlers) {
    this.#storage = storage;
    this.#options = options;
    this.#handlers = handlers;
  }

  /** The state that stands at `meta`, if it is here; it is the caller's from now on. */
  take(meta: SnapshotMeta): ArrivedSnapshot | undefined {
    const arrived = this.#arrived;
    if (!arrived || arrived.meta.index !== meta.index || arrived.meta.term !== meta.term) return undefined;
    this.#arrived = undefined;
    return arrived;
  }

  /** Resolves when the state is installed, or is not needed; rejects where it can't be taken. */
  async receive(from: MemberId, head: SnapshotHead, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { meta } = head;
    if (meta.index <= this.#handlers.committedIndex()) {
      // Raft tells the leader where this member stands.
      await this.#handlers.offer(head);
      return;
    }
    if (this.#busy) throw new CodedError("SNAPSHOT_BROKEN", "another snapshot is being received");
    this.#busy = true;
    let staged: StagedState | undefined;
    try {
      this.#handlers.note(`receiving a snapshot at index ${meta.index} from member ${from.toString(16)}`);
      staged = await this.#storage.stage();
      await decodeState(chunks, staged.store);
      this.#arrived = await this.#open(meta, staged);
      const wanted = await this.#handlers.offer(head);
      // Safety: what was taken is being installed, even where the member stops meanwhile: its file may be the
      // one that counts already.
      if (this.#arrived === undefined) staged = undefined;
      this.#handlers.note(
        `the snapshot at index ${meta.index} was ${wanted ? "installed" : "not needed any more"}`,
      );
    } finally {
      this.#arrived = undefined;
      this.#busy = false;
      await staged?.discard();
    }
  }

  async #open(meta: SnapshotMeta, staged: StagedState): Promise<ArrivedSnapshot> {
    const disk = staged.store;
    // Safety: everything must be durable before raft may say that it is.
    await disk.write([], { sync: true });
    const membership = Membership.read((key) => disk.getSync(key));
    const store = await Store.open(disk, this.#options);
    if (!membership || store.appliedIndex !== meta.index || store.appliedTerm !== meta.term) {
      const found = `index ${store.appliedIndex} of term ${store.appliedTerm}`;
      throw new CodedError("SNAPSHOT_BROKEN", `the snapshot says index ${meta.index} but holds ${found}`);
    }
    return { meta, staged, disk, store, membership };
  }
}
