/**
 * What a replica does between requests, a little at a time: compaction, watches that catch up, progress
 * notices.
 */
import type { Applier } from "./applier.ts";

/** Compacted history is dropped so many keys at a time. */
const COMPACTION_KEYS = 500;
/** About as often as etcd does. */
const PROGRESS_NOTIFY_MS = 600_000;

/** The background work of one replica. */
export class BackgroundWork {
  readonly #applier: Applier;
  readonly #notifyMs: number;
  #notifyAt: number;
  #compactionWaiters: (() => void)[] = [];

  /** `notifyMs`: time between two notices; about etcd's where absent. */
  constructor(applier: Applier, now: number, notifyMs: number = PROGRESS_NOTIFY_MS) {
    this.#applier = applier;
    this.#notifyMs = notifyMs;
    this.#notifyAt = now + notifyMs;
  }

  /** Whether another `pump` is due. */
  get hasWork(): boolean {
    const { store } = this.#applier.state;
    return store.isCompacting || store.watches.hasBacklog;
  }

  /** Does a slice. */
  pump(): void {
    const { store } = this.#applier.state;
    if (store.watches.hasBacklog) store.watches.pump();
    if (store.isCompacting) {
      store.pumpCompaction(COMPACTION_KEYS);
      this.#applier.writeBatch();
    }
    if (!store.isCompacting) this.close();
  }

  /** Tells watches that asked for it, from time to time, how far they are. */
  tick(now: number): void {
    if (now < this.#notifyAt) return;
    this.#notifyAt = Math.max(this.#notifyAt + this.#notifyMs, now);
    this.#applier.state.store.watches.notifyProgress();
  }

  /** Resolves when no compacted history is left to be dropped. */
  async compactionDone(): Promise<void> {
    if (!this.#applier.state.store.isCompacting) return;
    await new Promise<void>((resolve) => this.#compactionWaiters.push(resolve));
  }

  /** Lets everyone go who waits. */
  close(): void {
    if (this.#compactionWaiters.length === 0) return;
    for (const resolve of this.#compactionWaiters.splice(0)) resolve();
  }
}
