/**
 * Compacts the store's history as kube-apiserver does: every interval to the revision of an interval ago. All
 * servers of a store share the key `compact_rev_key`; its version is a logical clock, and whoever moves it on
 * compacts.
 */
import type { Clock, Timer } from "@quorate/base";
import type { KeyValue, Kv } from "@quorate/mvcc";

const KEY = Buffer.from("compact_rev_key");

/** What a compaction loop works with. */
export interface CompactionLoopOptions {
  readonly kv: Kv;
  readonly clock: Clock;
  /** 0: never compacts. */
  readonly intervalMs: number;
  /** Called with the revision below which the history is gone, whoever made it go. */
  readonly onCompacted: (revision: number) => void;
}

/** Runs from its making until it is stopped. */
export class CompactionLoop {
  readonly #options: CompactionLoopOptions;
  /** Version of the key as this server last knew it, and the store's revision then. */
  #version = 0;
  #revision = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: CompactionLoopOptions) {
    this.#options = options;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** One turn of the loop; rejects with what the store says. */
  async turn(): Promise<void> {
    const { kv, onCompacted } = this.#options;
    const answer = await kv.txn({
      compare: [{ target: "version", key: KEY, result: "equal", version: this.#version }],
      success: [{ op: "put", request: { key: KEY, value: Buffer.from(String(this.#revision)) } }],
      failure: [{ op: "range", request: { key: KEY } }],
    });
    const compacted = this.#revision;
    this.#revision = answer.header.revision;
    const response = answer.responses[0]!;
    if (response.op === "range") {
      this.#follow(response.response.kvs[0]);
      return;
    }
    this.#version++;
    // Nothing is known yet of an interval ago.
    if (compacted === 0) return;
    await kv.compact({ revision: compacted });
    onCompacted(compacted);
  }

  /** Somebody else has moved the clock on. */
  #follow(kv: KeyValue | undefined): void {
    this.#version = kv?.version ?? 0;
    const compacted = Number(kv ? Buffer.from(kv.value).toString("latin1") : 0);
    if (Number.isSafeInteger(compacted) && compacted > 0) this.#options.onCompacted(compacted);
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options;
    if (intervalMs === 0 || this.#isStopped) return;
    this.#timer = clock.setTimer(intervalMs, () => {
      // What went wrong is tried again in the next turn: history that stays longer does no harm.
      void this.turn()
        .catch(() => undefined)
        .then(() => this.#schedule());
    });
  }
}
