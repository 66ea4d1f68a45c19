/** A watch that is written down over its resumptions, on one member after the other. */
import { hasCode } from "@quorate/base";
import { type Change, type Kv, textOf, type Watch, type WatchBatch } from "@quorate/mvcc";
import type { SeenChange } from "../check/history.ts";
import type { WatchLog, WatchScope, WatchStretch } from "../check/watch-guarantees.ts";

function seenOf({ type, kv, prevKv }: Change): SeenChange {
  const { createRevision, modRevision, version, lease } = kv;
  return {
    type,
    key: textOf(kv.key),
    value: textOf(kv.value),
    createRevision,
    modRevision,
    version,
    lease,
    ...(prevKv ? { prev: { value: textOf(prevKv.value), modRevision: prevKv.modRevision } } : undefined),
  };
}

/** One watcher; resumes by itself only when told to. */
export class WatchRecorder {
  readonly scope: WatchScope;
  readonly #stretches: WatchStretch[] = [];
  #next: number | undefined;
  #watch: Watch | undefined;
  #reached = 0;
  #ends = 0;

  constructor(scope: WatchScope, from: number | undefined) {
    this.scope = scope;
    this.#next = from;
  }

  /** Whether it needs to be resumed. */
  get isOver(): boolean {
    return this.#watch === undefined;
  }

  /** Every change up to this revision has been delivered, as far as the watch says. */
  get reached(): number {
    return this.#reached;
  }

  get log(): WatchLog {
    return { scope: this.scope, stretches: this.#stretches, reached: this.#reached };
  }

  /** Goes on at `kv` from where it is. `newest` is a revision that is known to exist. */
  resume(kv: Kv, newest: number): void {
    const { start, end, noPut, noDelete, prevKv } = this.scope;
    const batches: { revision: number; changes: readonly SeenChange[] }[] = [];
    const stretch: WatchStretch = { from: this.#next, fromAtMost: newest, batches };
    this.#stretches.push(stretch);
    const number = ++this.#ends;
    this.#watch = kv.watch(
      {
        key: Buffer.from(start, "latin1"),
        ...(end === undefined ? { rangeEnd: Buffer.from([0]) } : { rangeEnd: Buffer.from(end, "latin1") }),
        ...(this.#next === undefined ? undefined : { startRevision: this.#next }),
        noPut,
        noDelete,
        prevKv,
      },
      {
        batch: (batch) => {
          if (number === this.#ends) this.#batch(batches, batch);
        },
        closed: (error) => {
          if (number === this.#ends) this.#closed(error);
        },
      },
    );
  }

  /** Its connection is gone: whatever it says from now on is not heard. */
  cut(): void {
    this.#ends++;
    this.#watch?.cancel();
    this.#watch = undefined;
  }

  /** As `cut`, where there is nobody left to be told. */
  lose(): void {
    this.#ends++;
    this.#watch = undefined;
  }

  requestProgress(): void {
    this.#watch?.requestProgress();
  }

  #batch(batches: { revision: number; changes: readonly SeenChange[] }[], batch: WatchBatch): void {
    batches.push({ revision: batch.revision, changes: batch.changes.map(seenOf) });
    this.#next = Math.max(this.#next ?? 0, batch.revision + 1);
    this.#reached = Math.max(this.#reached, batch.revision);
  }

  #closed(error: Error | undefined): void {
    this.#ends++;
    this.#watch = undefined;
    // What was compacted can't be had any more: a client lists anew and goes on from there.
    if (hasCode(error, "COMPACTED")) this.#next = Number(error.details["compactRevision"]);
  }
}
