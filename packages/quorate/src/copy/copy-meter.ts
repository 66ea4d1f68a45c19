/**
 * Shows how far a copy is: one line that is written over on a terminal, a line every few seconds elsewhere.
 */
import type { WriteStream } from "node:tty";
import type { CopyProgress } from "./copy-key-space.ts";

const TERMINAL_MS = 100;
const LINES_MS = 2_000;
const LABELS = { deleting: "Deleting", copying: "Copying", verifying: "Comparing" } as const;

/** Writes the progress of one copy to a stream. */
export class CopyMeter {
  readonly #out: WriteStream;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isLineOpen = false;

  constructor(out: WriteStream) {
    this.#out = out;
  }

  readonly show = (progress: CopyProgress): void => {
    const isLast = progress.keys >= progress.total;
    const now = performance.now();
    if (!isLast && now - this.#shownAt < (this.#out.isTTY ? TERMINAL_MS : LINES_MS)) return;
    this.#shownAt = now;
    if (this.#out.isTTY) {
      this.#out.write(`\r\x1b[2K${line(progress)}`);
      this.#isLineOpen = true;
      if (isLast) this.end();
    } else {
      this.#out.write(`${line(progress)}\n`);
    }
  };

  /** Leaves the cursor on a line of its own. */
  end(): void {
    if (this.#isLineOpen) this.#out.write("\n");
    this.#isLineOpen = false;
  }
}

function line({ phase, keys, total, bytes }: CopyProgress): string {
  const percent = total === 0 ? 100 : Math.floor((keys * 100) / total);
  const megabytes = (bytes / 1e6).toFixed(1);
  return `${LABELS[phase]} ${keys} of ${total} keys (${percent} %, ${megabytes} MB)`;
}
