/**
 * Derives watches from applied changes. A watcher is either synced (it gets changes as they are applied) or
 * behind: then it catches up from the history in slices, and joins the synced ones once nothing is left.
 * Invariant: a watcher's `next` is the first revision it has not been given; batches carry whole revisions
 * and ascend.
 *
 * Synced watchers of the same range and options are one group, which makes one batch that they share.
 */
import { type TextRange, textRange } from "./byte-text.ts";
import type { KeyHistory } from "./key-history.ts";
import type { Change, KeyValue, Revision, Watch, WatchBatch, WatchRequest, WatchSink } from "./kv.ts";
import { kvError } from "./kv-error.ts";
import { RangeIndex } from "./range-index.ts";
import type { LogVisitor } from "./revision-log.ts";

/** A change with the history of its key, whose text finds the watchers without decoding it again. */
export interface AppliedChange {
  readonly history: KeyHistory;
  readonly change: Change;
  /** The revision of the key's state before, 0 where there was none. */
  readonly beforeMain: number;
  readonly beforeSub: number;
}

/** What the hub reads of the store: the writes since the compaction. */
export interface WatchHistory {
  readonly revision: Revision;
  readonly compactRevision: Revision;
  /** Writes from revision `from` on. */
  walk(from: Revision, visit: LogVisitor): void;
  read(main: number, sub: number): KeyValue;
}

interface Watcher {
  readonly request: WatchRequest;
  readonly sink: WatchSink;
  readonly range: TextRange;
  next: Revision;
  progressAsked: boolean;
  /** The group it is synced in. */
  group: Group | undefined;
  closed: boolean;
}

interface Group {
  readonly id: string;
  readonly range: TextRange;
  readonly request: WatchRequest;
  readonly watchers: Set<Watcher>;
  pending: Change[];
}

/** Bound: one pump looks at so many writes and reads so many records and bytes; a revision is never cut. */
const PUMP_WRITES = 20_000;
const PUMP_READS = 600;
const PUMP_BYTES = 4 * 2 ** 20;

interface Budget {
  writes: number;
  reads: number;
  bytes: number;
}

/** All watches of one store. */
export class WatchHub {
  readonly #history: WatchHistory;
  readonly #all = new Set<Watcher>();
  /** In the order of their turns. */
  readonly #behind = new Set<Watcher>();
  readonly #groups = new Map<string, Group>();
  /** Groups of single keys by key, and of ranges. */
  readonly #byKey = new Map<string, Group[]>();
  readonly #ranges = new RangeIndex<Group>();
  readonly #touched: Group[] = [];

  constructor(history: WatchHistory) {
    this.#history = history;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Watchers that catch up with the history. */
  get behind(): number {
    return this.#behind.size;
  }

  /** Whether `pump` has work. */
  get hasBacklog(): boolean {
    return this.#behind.size > 0;
  }

  /**
   * Starts a watch. The sink is called by later calls of `applied`, `pump`, `notifyProgress` and `closeAll`
   * only.
   */
  watch(request: WatchRequest, sink: WatchSink): Watch {
    const start = request.startRevision ?? 0;
    const watcher: Watcher = {
      request,
      sink,
      range: textRange(request.key, request.rangeEnd),
      next: start > 0 ? start : this.#history.revision + 1,
      progressAsked: false,
      group: undefined,
      closed: false,
    };
    this.#all.add(watcher);
    if (watcher.next > this.#history.revision) this.#join(watcher);
    else this.#behind.add(watcher);
    return {
      cancel: () => this.#remove(watcher),
      requestProgress: () => {
        if (watcher.closed) return;
        watcher.progressAsked = true;
        // Answered by the next pump, also where the watcher is synced: a sink is never called within a call
        // of its owner.
        this.#behind.add(watcher);
      },
    };
  }

  /** Hands the changes of one revision to the synced watchers. */
  applied(revision: Revision, changes: readonly AppliedChange[]): void {
    if (this.#groups.size === 0) return;
    for (const applied of changes) {
      const { key } = applied.history;
      const groups = this.#byKey.get(key);
      if (groups) for (const group of groups) this.#offer(group, applied);
      if (this.#ranges.size > 0) this.#ranges.stab(key, (group) => this.#offer(group, applied));
    }
    if (this.#touched.length === 0) return;
    for (const group of this.#touched.splice(0)) {
      const batch: WatchBatch = { revision, changes: group.pending };
      group.pending = [];
      for (const watcher of group.watchers) {
        // A watcher of the future waits for its first revision.
        if (revision < watcher.next) continue;
        watcher.next = revision + 1;
        watcher.sink.batch(batch);
      }
    }
  }

  /** Lets watchers that are behind catch up, in turns and in bounded slices; true where work is left. */
  pump(): boolean {
    const budget = { writes: PUMP_WRITES, reads: PUMP_READS, bytes: PUMP_BYTES };
    let turns = this.#behind.size;
    for (const watcher of this.#behind) {
      if (turns-- <= 0 || budget.writes <= 0 || budget.reads <= 0 || budget.bytes <= 0) break;
      this.#behind.delete(watcher);
      if (!this.#advance(watcher, budget) && !watcher.closed) this.#behind.add(watcher);
    }
    return this.#behind.size > 0;
  }

  /** Sends every synced watcher that asked for it at its start the revision it has reached. */
  notifyProgress(): void {
    const { revision } = this.#history;
    for (const watcher of this.#all) {
      if (!watcher.request.progressNotify || !watcher.group || revision < watcher.next - 1) continue;
      watcher.sink.batch({ revision, changes: [] });
    }
  }

  /** Ends all watches with one error. */
  closeAll(error: Error): void {
    for (const watcher of [...this.#all]) {
      this.#remove(watcher);
      watcher.sink.closed(error);
    }
  }

  #offer(group: Group, { change, beforeMain, beforeSub }: AppliedChange): void {
    const { request, pending } = group;
    if (change.type === "put" ? request.noPut : request.noDelete) return;
    if (pending.length === 0) this.#touched.push(group);
    if (!request.prevKv || beforeMain === 0) pending.push(change);
    else pending.push({ ...change, prevKv: this.#history.read(beforeMain, beforeSub) });
  }

  /** Gives a watcher its turn; true where it needs no other. */
  #advance(watcher: Watcher, budget: Budget): boolean {
    if (watcher.next <= this.#history.revision && !watcher.group) {
      const { compactRevision } = this.#history;
      if (watcher.next < compactRevision) {
        this.#remove(watcher);
        watcher.sink.closed(kvError("COMPACTED", { details: { compactRevision } }));
        return true;
      }
      this.#catchUp(watcher, budget);
      if (watcher.closed) return true;
      if (watcher.next <= this.#history.revision) return false;
    }
    if (!watcher.group) this.#join(watcher);
    if (watcher.progressAsked) {
      watcher.progressAsked = false;
      watcher.sink.batch({ revision: this.#history.revision, changes: [] });
    }
    return true;
  }

  /** Delivers whole revisions, one batch each, until the budget or the history ends. */
  #catchUp(watcher: Watcher, budget: Budget): void {
    const upTo = this.#history.revision;
    let revision = watcher.next;
    let changes: Change[] = [];
    const deliver = () => {
      watcher.next = revision + 1;
      if (changes.length === 0) return;
      const batch = { revision, changes };
      changes = [];
      watcher.sink.batch(batch);
    };
    let isCut = false;
    this.#history.walk(watcher.next, (main, sub, tombstone, history) => {
      if (main !== revision) {
        deliver();
        if (watcher.closed || budget.writes <= 0 || budget.reads <= 0 || budget.bytes <= 0) {
          isCut = true;
          return false;
        }
        revision = main;
      }
      budget.writes--;
      if (isWanted(watcher, tombstone, history.key))
        changes.push(this.#read(watcher, main, sub, tombstone, history, budget));
      return true;
    });
    if (isCut) return;
    deliver();
    watcher.next = Math.max(watcher.next, upTo + 1);
  }

  #read(
    watcher: Watcher,
    main: number,
    sub: number,
    tombstone: boolean,
    history: KeyHistory,
    budget: Budget,
  ): Change {
    const kv = this.#history.read(main, sub);
    budget.reads--;
    budget.bytes -= kv.value.length;
    const type = tombstone ? "delete" : "put";
    // As etcd: a state before that the compaction covers is not shown, whether or not it is still there.
    const wantsBefore = watcher.request.prevKv && main > this.#history.compactRevision;
    const before = wantsBefore ? history.before(main) : undefined;
    if (!before) return { type, kv };
    const prevKv = this.#history.read(before.main, before.sub);
    budget.reads--;
    budget.bytes -= prevKv.value.length;
    return { type, kv, prevKv };
  }

  #join(watcher: Watcher): void {
    const { request, range } = watcher;
    const flags = (request.prevKv ? 1 : 0) + (request.noPut ? 2 : 0) + (request.noDelete ? 4 : 0);
    const id = `${flags}${range.start.length}:${range.start}${range.end ?? "\u{ffff}"}`;
    let group = this.#groups.get(id);
    if (!group) {
      group = { id, range, request, watchers: new Set(), pending: [] };
      this.#groups.set(id, group);
      if (range.single) this.#byKey.set(range.start, [...(this.#byKey.get(range.start) ?? []), group]);
      else this.#ranges.add(group);
    }
    group.watchers.add(watcher);
    watcher.group = group;
  }

  #remove(watcher: Watcher): void {
    watcher.closed = true;
    this.#all.delete(watcher);
    this.#behind.delete(watcher);
    const { group } = watcher;
    watcher.group = undefined;
    if (!group?.watchers.delete(watcher) || group.watchers.size > 0) return;
    this.#groups.delete(group.id);
    this.#ranges.delete(group);
    const left = this.#byKey.get(group.range.start)?.filter((other) => other !== group);
    if (!left || !group.range.single) return;
    if (left.length > 0) this.#byKey.set(group.range.start, left);
    else this.#byKey.delete(group.range.start);
  }
}

function isWanted({ request, range }: Watcher, tombstone: boolean, key: string): boolean {
  if (tombstone ? request.noDelete : request.noPut) return false;
  return key >= range.start && (range.end === undefined || key < range.end);
}
