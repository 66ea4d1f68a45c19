/**
 * Calls on a Kv that are written down as history: when they began and ended, what they did to each key, and
 * whether their outcome is known. Shared by the simulator and the torture of real processes.
 */
import { hasCode } from "@quorate/base";
import { isKvErrorCode, type KeyValue, type ResponseHeader } from "@quorate/mvcc";
import type { KeyStep, Operation } from "../check/history.ts";

/** Errors after which a write may or may not happen. */
const UNKNOWN = new Set(["TIMEOUT", "LEADER_CHANGED", "STOPPED", "UNAVAILABLE"]);

/** What an answered call learnt. */
export interface Learnt {
  readonly header: ResponseHeader;
  readonly steps: readonly KeyStep[];
}

/** How a call is written down. */
export interface CallForm {
  readonly client: string;
  readonly name: string;
  /** What it may have done where its outcome stays unknown; none for reads. */
  readonly attempted: readonly KeyStep[];
  readonly isLinearizable: boolean;
  readonly isWrite: boolean;
}

/** The text of a value, as histories hold it. */
export function held(kv: KeyValue | undefined): string | undefined {
  return kv && Buffer.from(kv.value).toString("latin1");
}

/** Gathers operations. */
export class Recorder {
  readonly operations: Operation[] = [];
  readonly #now: () => number;
  /** Calls under way: unknown, should the run end now. */
  readonly #open = new Set<CallForm & { readonly invokedAt: number }>();
  readonly codes = new Map<string, number>();
  acknowledged = 0;
  /** Calls that ended in an error. */
  errors = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes the call; undefined where it was refused or its outcome is unknown. */
  async call<Answer>(
    form: CallForm,
    run: () => Promise<Answer>,
    learn: (answer: Answer) => Learnt,
  ): Promise<Answer | undefined> {
    const open = { ...form, invokedAt: this.#now() };
    this.#open.add(open);
    try {
      const answer = await run();
      const { header, steps } = learn(answer);
      this.#add(open, "ok", steps, header.revision);
      if (form.isWrite) this.acknowledged++;
      return answer;
    } catch (error) {
      this.errors++;
      const code = hasCode(error) ? error.code : "";
      this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
      const isStores = isKvErrorCode(code);
      this.#add(open, UNKNOWN.has(code) || !isStores ? "unknown" : "failed", form.attempted, 0);
      if (!isStores) throw error;
      return undefined;
    } finally {
      this.#open.delete(open);
    }
  }

  /** The run is over: whatever is still under way has an unknown outcome. */
  end(): readonly Operation[] {
    for (const open of this.#open) this.#add(open, "unknown", open.attempted, 0);
    this.#open.clear();
    return this.operations;
  }

  #add(
    open: CallForm & { readonly invokedAt: number },
    outcome: Operation["outcome"],
    steps: readonly KeyStep[],
    revision: number,
  ): void {
    // A read without an answer says nothing.
    if (outcome === "unknown" && !open.isWrite) return;
    const { client, name, isLinearizable, isWrite, invokedAt } = open;
    const returnedAt = outcome === "unknown" ? Number.POSITIVE_INFINITY : this.#now();
    this.operations.push({
      client,
      name,
      invokedAt,
      returnedAt,
      outcome,
      steps,
      revision,
      isLinearizable,
      isWrite: isWrite && steps.some(({ wrote }) => wrote),
    });
  }
}
