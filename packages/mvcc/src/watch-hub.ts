/**
 * Derives watches from applied changes. A watcher is either synced (it gets changes as they are applied) or behind: then
 * it catches up from the history in slices, and joins the synced ones once nothing is left. Invariant: a watcher's `next`
 * is the first revision it has not been given; batches carry whole revisions and ascend.
 */
import type { TextRange } from "./byte-text.ts";
import { inRange, textRange } from "./byte-text.ts";
import type { Change, Revision, Watch, WatchBatch, WatchRequest, WatchSink } from "./kv.ts";
import { kvError } from "./kv-error.ts";

/** A change with its key as text, so that watchers are found without decoding it again. */
export interface AppliedChange {
  readonly keyText: string;
  readonly change: Change;
  /** The key's state before, read only if a watcher wants it. */
  readonly prevKv: () => Change["prevKv"];
}

/** What the hub reads of the store. */
export interface WatchHistory {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  /** Positions of the changes in `range` from revision `from` on, ascending. */
  positions(range: TextRange, from: Revision): HistoryPosition[];
  /** The change at a position, with the state before it where wanted; undefined where it has been compacted. */
  read(position: HistoryPosition, withPrevious: boolean): Change | undefined;
}

export interface HistoryPosition {
  readonly main: number;
  readonly sub: number;
  readonly key: string;
  readonly tombstone: boolean;
}

interface Watcher {
  readonly request: WatchRequest;
  readonly sink: WatchSink;
  readonly range: TextRange;
  next: Revision;
  backlog: HistoryPosition[] | undefined;
  backlogAt: number;
  progressAsked: boolean;
  pending: Change[];
}

/** Bound: changes read for one watcher in one slice, and in one pump. */
const SLICE_CHANGES = 500;

export class WatchHub {
  readonly #history: WatchHistory;
  readonly #all = new Set<Watcher>();
  readonly #behind = new Set<Watcher>();
  /** Synced watchers of single keys by key, and all others. */
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #ranges = new Set<Watcher>();

  constructor(history: WatchHistory) {
    this.#history = history;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether `pump` has work. */
  get hasBacklog(): boolean {
    return this.#behind.size > 0;
  }

  watch(request: WatchRequest, sink: WatchSink): Watch {
    const start = request.startRevision ?? 0;
    const watcher: Watcher = {
      request,
      sink,
      range: textRange(request.key, request.rangeEnd),
      next: start > 0 ? start : this.#history.revision + 1,
      backlog: undefined,
      backlogAt: 0,
      progressAsked: false,
      pending: [],
    };
    this.#all.add(watcher);
    if (watcher.next > this.#history.revision) this.#join(watcher);
    else this.#behind.add(watcher);
    return {
      cancel: () => this.#remove(watcher),
      requestProgress: () => {
        watcher.progressAsked = true;
        // Answered by the next pump, also where the watcher is synced: a sink is never called within a call of its owner.
        this.#behind.add(watcher);
      },
    };
  }

  /** Hands the changes of one revision to the synced watchers. */
  applied(revision: Revision, changes: readonly AppliedChange[]): void {
    if (this.#all.size === 0) return;
    const touched = new Set<Watcher>();
    for (const applied of changes) {
      for (const watcher of this.#byKey.get(applied.keyText) ?? [])
        offer(watcher, applied, revision, touched);
      for (const watcher of this.#ranges) {
        if (inRange(watcher.range, applied.keyText)) offer(watcher, applied, revision, touched);
      }
    }
    for (const watcher of touched) {
      const batch: WatchBatch = { revision, changes: watcher.pending };
      watcher.pending = [];
      watcher.next = revision + 1;
      watcher.sink.batch(batch);
    }
  }

  /** Lets watchers that are behind catch up, a slice each; true where work is left. */
  pump(): boolean {
    for (const watcher of [...this.#behind]) this.#advance(watcher);
    return this.#behind.size > 0;
  }

  /** Sends every synced watcher that asked for it at its start the revision it has reached. */
  notifyProgress(): void {
    for (const watcher of this.#all) {
      if (!watcher.request.progressNotify || this.#behind.has(watcher)) continue;
      watcher.sink.batch({ revision: this.#history.revision, changes: [] });
    }
  }

  /** Ends all watches with one error. */
  closeAll(error: Error): void {
    for (const watcher of [...this.#all]) {
      this.#remove(watcher);
      watcher.sink.closed(error);
    }
  }

  #advance(watcher: Watcher): void {
    if (!watcher.backlog && watcher.next > this.#history.revision) {
      this.#catchUpDone(watcher);
      return;
    }
    if (watcher.next < this.#history.compactRevision) {
      this.#remove(watcher);
      const compactRevision = this.#history.compactRevision;
      watcher.sink.closed(kvError("COMPACTED", { details: { compactRevision } }));
      return;
    }
    if (!watcher.backlog) {
      watcher.backlog = this.#history.positions(watcher.range, watcher.next);
      watcher.backlogAt = 0;
      if (watcher.backlog.length === 0) {
        watcher.backlog = undefined;
        watcher.next = this.#history.revision + 1;
        this.#catchUpDone(watcher);
        return;
      }
    }
    this.#deliverSlice(watcher, watcher.backlog);
  }

  /** Delivers up to a slice of whole revisions, one batch a revision. */
  #deliverSlice(watcher: Watcher, backlog: readonly HistoryPosition[]): void {
    let read = 0;
    while (watcher.backlogAt < backlog.length && read < SLICE_CHANGES) {
      const revision = backlog[watcher.backlogAt]!.main;
      const changes: Change[] = [];
      while (backlog[watcher.backlogAt]?.main === revision) {
        const position = backlog[watcher.backlogAt++]!;
        read++;
        if (position.tombstone ? watcher.request.noDelete : watcher.request.noPut) continue;
        const change = this.#history.read(position, watcher.request.prevKv === true);
        if (change) changes.push(change);
      }
      watcher.next = revision + 1;
      if (changes.length) watcher.sink.batch({ revision, changes });
      if (!this.#all.has(watcher)) return;
    }
    if (watcher.backlogAt >= backlog.length) watcher.backlog = undefined;
  }

  #catchUpDone(watcher: Watcher): void {
    this.#behind.delete(watcher);
    if (watcher.progressAsked) {
      watcher.progressAsked = false;
      watcher.sink.batch({ revision: this.#history.revision, changes: [] });
    }
    if (this.#all.has(watcher)) this.#join(watcher);
  }

  #join(watcher: Watcher): void {
    if (!watcher.range.single) {
      this.#ranges.add(watcher);
      return;
    }
    const set = this.#byKey.get(watcher.range.start);
    if (set) set.add(watcher);
    else this.#byKey.set(watcher.range.start, new Set([watcher]));
  }

  #remove(watcher: Watcher): void {
    this.#all.delete(watcher);
    this.#behind.delete(watcher);
    this.#ranges.delete(watcher);
    const set = this.#byKey.get(watcher.range.start);
    if (set?.delete(watcher) && set.size === 0) this.#byKey.delete(watcher.range.start);
  }
}

function offer(watcher: Watcher, applied: AppliedChange, revision: Revision, touched: Set<Watcher>): void {
  // A watcher of the future waits for its first revision.
  if (revision < watcher.next) return;
  const { request } = watcher;
  if (applied.change.type === "put" ? request.noPut : request.noDelete) return;
  const prevKv = request.prevKv ? applied.prevKv() : undefined;
  watcher.pending.push(prevKv ? { ...applied.change, prevKv } : applied.change);
  touched.add(watcher);
}
