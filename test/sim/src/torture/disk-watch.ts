/** Notes how long the disk that the members share takes for a sync, whoever keeps it busy. */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Stall } from "./write-gaps.ts";

const PERIOD_MS = 100;
const NOTABLE_MS = 20;
const PROBE = Buffer.alloc(512, 1);

/** Runs from `start` to `stop`. */
export class DiskWatch {
  readonly stalls: Stall[] = [];
  readonly #file: FileHandle;
  readonly #watching: Promise<void>;
  #isOver = false;

  private constructor(file: FileHandle) {
    this.#file = file;
    this.#watching = this.#watch();
  }

  /** Writes to a file of its own in the folder. */
  static async start(folder: string): Promise<DiskWatch> {
    return new DiskWatch(await open(join(folder, "disk-watch"), "w"));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
    await this.#file.close();
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const before = performance.now();
      await this.#file.write(PROBE, 0, PROBE.length, 0);
      await this.#file.datasync();
      const at = performance.now();
      if (at - before >= NOTABLE_MS) this.stalls.push({ at, ms: at - before });
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    }
  }
}
