/**
 * The applied state on a machine's disk, over the lives of its processes. As LevelDB without sync: batches
 * survive a crash in the order in which they were written, all of them up to some point and none behind it.
 */
import type { Random } from "@quorate/base";
import { MemoryOrderedStore, type StoreWrite } from "@quorate/mvcc";

interface Batch {
  readonly sequence: number;
  /** What takes it back. */
  readonly undo: readonly StoreWrite[];
}

/** One state. */
export class StateImage {
  readonly values = new MemoryOrderedStore();
  #batches: Batch[] = [];
  #sequence = 0;
  /** Batches up to here survive the end of the process. */
  #written = 0;
  /** Set where a bit has rotted: from then on nothing of it can be read. */
  isDamaged = false;

  /** Visible at once; the number tells `written` and `synced` how far they are. */
  apply(batch: readonly StoreWrite[]): number {
    const undo = batch.map(({ key }): StoreWrite => {
      const value = this.values.getSync(key);
      return value ? { type: "put", key, value } : { type: "del", key };
    });
    // A key that comes twice is taken back to what it was before the first time.
    undo.reverse();
    void this.values.write(batch);
    this.#batches.push({ sequence: ++this.#sequence, undo });
    return this.#sequence;
  }

  written(sequence: number): void {
    this.#written = Math.max(this.#written, sequence);
  }

  /** Survives a loss of power from now on. */
  synced(sequence: number): void {
    this.written(sequence);
    let count = 0;
    while (count < this.#batches.length && this.#batches[count]!.sequence <= sequence) count++;
    this.#batches.splice(0, count);
  }

  /** Forgets a tail of batches that may be lost. */
  crash(random: Random, isPowerLost: boolean): void {
    const certain = isPowerLost
      ? 0
      : this.#batches.filter(({ sequence }) => sequence <= this.#written).length;
    const survivors = certain + random.int(this.#batches.length - certain + 1);
    for (const { undo } of this.#batches.splice(survivors).reverse()) void this.values.write(undo);
    // What a new process reads is on its way to the disk as before.
    this.#written = this.#sequence;
  }
}
