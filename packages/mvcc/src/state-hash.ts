/**
 * The hash that members compare: over every record that can still be read at a revision, in the order of
 * keys, whatever each member's physical compaction has dropped so far. CRC-32C (Castagnoli), as etcd's is,
 * though over our records.
 */
import { CRC32C_START, crc32c, crc32cOf } from "@quorate/base";
import type { Store } from "./store.ts";

/** The hash, and what it covers: equal only where both revisions are. */
export interface KvHash {
  readonly hash: number;
  readonly hashRevision: number;
  readonly compactRevision: number;
}

/** Bound: records and bytes hashed in one step. */
const STEP_RECORDS = 500;
const STEP_BYTES = 2 ** 20;

/** "key" */
const BUCKET = Uint8Array.of(0x6b, 0x65, 0x79);
const NUMBER = Buffer.alloc(8);

/**
 * One walk over all keys; `step` until it answers true. Keys written meanwhile are left out by their
 * revision.
 */
export class HashWalk {
  readonly #store: Store;
  readonly #revision: number;
  readonly #compactRevision: number;
  // Compat: etcd hashes the name of its bucket first, so that nothing at all has a hash too.
  #crc = crc32c(CRC32C_START, BUCKET);
  #cursor = "";

  constructor(store: Store, revision: number, compactRevision: number) {
    this.#store = store;
    this.#revision = revision;
    this.#compactRevision = compactRevision;
  }

  get result(): KvHash {
    return {
      hash: crc32cOf(this.#crc),
      hashRevision: this.#revision,
      compactRevision: this.#compactRevision,
    };
  }

  /** Hashes the next slice of keys; true where it was the last. */
  step(): boolean {
    let records = 0;
    let bytes = 0;
    let isDone = true;
    this.#store.index.visit({ start: this.#cursor, end: undefined, single: false }, (key, history) => {
      if (records >= STEP_RECORDS || bytes >= STEP_BYTES) {
        this.#cursor = key;
        isDone = false;
        return false;
      }
      records++;
      history.readable(this.#compactRevision, this.#revision, (main, sub) => {
        const record = this.#store.recordAt(main, sub);
        records++;
        bytes += record.length;
        this.#number(main);
        this.#number(sub);
        this.#crc = crc32c(this.#crc, record);
      });
      return true;
    });
    return isDone;
  }

  #number(value: number): void {
    NUMBER.writeUInt32LE(value % 2 ** 32, 0);
    NUMBER.writeUInt32LE(Math.floor(value / 2 ** 32), 4);
    this.#crc = crc32c(this.#crc, NUMBER);
  }
}
