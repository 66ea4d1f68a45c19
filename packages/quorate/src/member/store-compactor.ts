/**
 * Compacts the store's history as kube-apiserver does: what was the newest revision one interval ago is the
 * oldest kept, so that a revision is kept between one and two intervals. All API servers of a store,
 * kube-apiservers too, agree through one key, whose version counts the intervals: who is first writes and
 * compacts, the others learn of it.
 */
import { type Clock, hasCode, messageOf, type Timer } from "@quorate/base";
import type { Log } from "@quorate/controllers";
import type { Kv, Revision } from "@quorate/mvcc";

/** kube-apiserver's key, which lies outside of its prefix. */
const KEY = Buffer.from("compact_rev_key");

/** What it needs. */
export interface StoreCompactorOptions {
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
}

/** Runs from its making until `stop`. */
export class StoreCompactor {
  readonly #options: StoreCompactorOptions;
  #timer: Timer | undefined;
  #isStopped = false;
  #round = 0;
  #revision: Revision = 0;

  constructor(options: StoreCompactorOptions) {
    this.#options = options;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(this.#options.intervalMs, () => {
      void this.#turn().finally(() => this.#schedule());
    });
  }

  async #turn(): Promise<void> {
    const { kv, log } = this.#options;
    const revision = this.#revision;
    try {
      const isOurs = await this.#agree(revision).catch((error) => this.#goOnWithoutNote(error));
      if (!isOurs || revision === 0) return;
      await kv.compact({ revision });
      log("info", "the store's history is compacted", { revision });
    } catch (error) {
      // Compacted meanwhile by somebody else: as good.
      if (hasCode(error, "COMPACTED") || this.#isStopped) return;
      log("warn", "the store's history can't be compacted", { revision, why: messageOf(error) });
    }
  }

  /** Where the store takes nothing that grows, compaction is what helps: everyone does it, without the note. */
  async #goOnWithoutNote(error: unknown): Promise<boolean> {
    if (!hasCode(error, "NO_SPACE")) throw error;
    const found = await this.#options.kv.range({ key: KEY });
    this.#revision = found.header.revision;
    this.#round = found.kvs[0]?.version ?? 0;
    return true;
  }

  /** Whether this round is ours to do; notes the round and the newest revision for the next. */
  async #agree(revision: Revision): Promise<boolean> {
    const answer = await this.#options.kv.txn({
      compare: [{ key: KEY, target: "version", version: this.#round, result: "equal" }],
      success: [{ op: "put", request: { key: KEY, value: Buffer.from(String(revision)) } }],
      failure: [{ op: "range", request: { key: KEY } }],
    });
    this.#revision = answer.header.revision;
    if (answer.succeeded) {
      this.#round++;
      return true;
    }
    const [found] = answer.responses;
    this.#round = found?.op === "range" ? (found.response.kvs[0]?.version ?? 0) : 0;
    return false;
  }
}
