/**
 * What etcd promises of watches (etcd-io/etcd tests/robustness), looked at over what watches delivered:
 * ordered, unique, atomic, reliable, resumable, filterable, bookmarkable, with the right prevKV and
 * isCreate. The truth is the list of all changes by revision.
 */
import { type Report, type SeenChange, show } from "./history.ts";

const CHECKER = "watch guarantees";

/** What one watch asked for. */
export interface WatchScope {
  readonly name: string;
  /** Text bounds: [start, end), undefined for no bound. */
  readonly start: string;
  readonly end: string | undefined;
  readonly noPut: boolean;
  readonly noDelete: boolean;
  readonly prevKv: boolean;
}

/** A stretch of one watch: from its start to its end or the next resumption. */
export interface WatchStretch {
  /** First revision asked for; undefined where it began at whatever was newest. */
  readonly from: number | undefined;
  /** The newest revision that its first answer could not leave out, where `from` is undefined. */
  readonly fromAtMost: number;
  readonly batches: { readonly revision: number; readonly changes: readonly SeenChange[] }[];
}

/** A watch over its resumptions. */
export interface WatchLog {
  readonly scope: WatchScope;
  readonly stretches: readonly WatchStretch[];
  /** Where it is known to have been complete: the test waited for it to reach this revision. */
  readonly reached: number;
}

/** All changes there ever were, in order. */
export interface ChangeHistory {
  readonly lastRevision: number;
  changesOf(revision: number): readonly SeenChange[];
}

function isWanted(scope: WatchScope, change: SeenChange): boolean {
  if (change.type === "put" ? scope.noPut : scope.noDelete) return false;
  return change.key >= scope.start && (scope.end === undefined || change.key < scope.end);
}

function text(change: SeenChange): string {
  const { type, key, value, createRevision, modRevision, version, lease } = change;
  const numbers = `create ${createRevision} mod ${modRevision} version ${version} lease ${lease}`;
  return `${type} ${key}=${show(value)} ${numbers}`;
}

class WatchCheck {
  readonly #log: WatchLog;
  readonly #history: ChangeHistory;
  readonly #report: (message: string) => void;
  /** The first revision that has not been delivered for sure. */
  #next = 0;

  constructor(log: WatchLog, history: ChangeHistory, report: Report) {
    this.#log = log;
    this.#history = history;
    this.#report = (message) => report(CHECKER, `watch ${log.scope.name}: ${message}`);
  }

  run(): void {
    for (const stretch of this.#log.stretches) this.#stretch(stretch);
    const last = Math.min(this.#log.reached, this.#history.lastRevision);
    if (this.#log.stretches.length > 0) this.#expectNothing(this.#next, last + 1, "reliable: at its end");
  }

  #stretch(stretch: WatchStretch): void {
    const { from, fromAtMost, batches } = stretch;
    this.#next = from ?? fromAtMost + 1;
    let isUncertain = from === undefined;
    for (const batch of batches) {
      const isProgress = batch.changes.length === 0;
      // Where a watch of "from now on" began is known only from its first batch: a member that lags behind
      // begins with what it has.
      if (isUncertain) this.#next = Math.min(this.#next, isProgress ? batch.revision + 1 : batch.revision);
      isUncertain = false;
      if (isProgress) this.#progress(batch.revision);
      else this.#batch(batch.revision, batch.changes);
    }
  }

  #progress(revision: number): void {
    this.#expectNothing(this.#next, revision + 1, `bookmarkable: progress ${revision}`);
    this.#next = Math.max(this.#next, revision + 1);
  }

  #batch(revision: number, changes: readonly SeenChange[]): void {
    if (revision < this.#next) {
      this.#report(`ordered, unique: revision ${revision} came although ${this.#next} was the next`);
      return;
    }
    this.#expectNothing(this.#next, revision, `reliable: before ${revision}`);
    this.#next = revision + 1;
    const wanted = this.#history.changesOf(revision).filter((change) => isWanted(this.#log.scope, change));
    const got = changes.map(text);
    const due = wanted.map(text);
    if (got.join("\n") !== due.join("\n")) {
      this.#report(
        `atomic, filterable: revision ${revision} came as [${got.join("; ")}], it was [${due.join("; ")}]`,
      );
      return;
    }
    for (const [at, change] of changes.entries()) this.#details(change, wanted[at]!);
  }

  #details(change: SeenChange, truth: SeenChange): void {
    const isCreate = change.type === "put" && change.createRevision === change.modRevision;
    if (isCreate !== (change.type === "put" && change.version === 1)) {
      this.#report(`isCreate: ${text(change)}`);
    }
    if (!this.#log.scope.prevKv) return;
    // A state that was compacted is left out; one that is shown must be the right one.
    const { prev } = change;
    if (prev && (prev.value !== truth.prev?.value || prev.modRevision !== truth.prev.modRevision)) {
      this.#report(
        `prevKV: ${text(change)} came with ${show(prev.value)}@${prev.modRevision} before it, ` +
          `it was ${show(truth.prev?.value)}@${truth.prev?.modRevision}`,
      );
    }
  }

  /** No change of [from, end) may have been wanted. */
  #expectNothing(from: number, end: number, what: string): void {
    for (let revision = Math.max(2, from); revision < end; revision++) {
      const missed = this.#history.changesOf(revision).find((change) => isWanted(this.#log.scope, change));
      if (!missed) continue;
      this.#report(`${what}: it never got ${text(missed)}`);
      return;
    }
  }
}

/** Checks what one watch delivered against all changes. */
export function checkWatch(log: WatchLog, history: ChangeHistory, report: Report): void {
  new WatchCheck(log, history, report).run();
}
