/**
 * Where the disk is nearly full, compacted history is given back to it at once: the ordered store does so by itself
 * only with the writes that follow, which are then refused.
 */
import type { AppliedState } from "./applier.ts";

/** What the reclaimer needs of the member. */
export interface SpaceReclaimerOptions {
  readonly state: () => AppliedState;
  readonly isShort: () => boolean;
  readonly note: (line: string) => void;
}

/** Once a compaction, one at a time. */
export class SpaceReclaimer {
  readonly #options: SpaceReclaimerOptions;
  #underWay = false;
  #reclaimedAt = 0;

  constructor(options: SpaceReclaimerOptions) {
    this.#options = options;
  }

  /** Called with every tick. */
  tick(): void {
    const { state, isShort, note } = this.#options;
    if (this.#underWay || !isShort()) return;
    const { store, disk } = state();
    const revision = store.compactRevision;
    if (!disk.reclaim || store.isCompacting || revision === this.#reclaimedAt) return;
    this.#underWay = true;
    disk.reclaim().then(
      () => {
        this.#underWay = false;
        this.#reclaimedAt = revision;
      },
      (error: Error) => {
        this.#underWay = false;
        this.#reclaimedAt = revision;
        note(`the space of compacted history can't be reclaimed: ${error.message}`);
      },
    );
  }
}
