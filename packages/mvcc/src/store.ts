/**
 * The etcd state machine: applies commands in log order, synchronously and atomically, and answers ranges at any revision
 * that is not compacted. Writes gather in a batch that the driver hands to the ordered store together with the applied
 * index, so that a restart neither loses a command nor applies one twice. Deterministic: no clock, no random.
 *
 * etcd server/storage/mvcc and server/etcdserver/apply for the semantics.
 */
import { CodedError } from "@quorate/base";
import { type TextRange, textOf } from "./byte-text.ts";
import type { Command, CommandResponse } from "./command.ts";
import { Compaction } from "./compaction.ts";
import { KeyIndex } from "./key-index.ts";
import type {
  Change,
  RangeRequest,
  RangeResponse,
  ResponseHeader,
  Revision,
  Watch,
  WatchRequest,
  WatchSink,
} from "./kv.ts";
import { kvError } from "./kv-error.ts";
import { LeaseBook } from "./lease-book.ts";
import { loadState } from "./load-state.ts";
import type { OrderedStore, StoreWrite } from "./ordered-store.ts";
import { readRange } from "./range-reader.ts";
import { decodeRecord, leaseKey, metaKey, numberBytes, revisionKey } from "./record.ts";
import { Transaction } from "./transaction.ts";
import { type HistoryPosition, WatchHub } from "./watch-hub.ts";

export interface StoreOptions {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** Bytes of the applied state above which `isOverQuota` is true; 0: etcd's default of 2 GiB. */
  readonly quotaBytes?: number;
}

export interface ApplyContext {
  /** Index of the log entry; one at or below `appliedIndex` changes nothing. */
  readonly index: number;
  readonly term: number;
}

export type ApplyResult =
  | { readonly ok: true; readonly response: CommandResponse }
  | { readonly ok: false; readonly error: CodedError };

/** What the driver writes to the ordered store, in the order of the calls, after every round of applies. */
export interface StoreBatch {
  readonly writes: readonly StoreWrite[];
  readonly appliedIndex: number;
  readonly appliedTerm: number;
}

const DEFAULT_QUOTA_BYTES = 2 * 2 ** 30;
const LEASE_TTL_SECONDS_MAX = 9_000_000_000;

export class Store {
  readonly index = new KeyIndex();
  readonly leases = new LeaseBook();
  readonly meta = new Map<string, Uint8Array>();
  readonly alarms = new Set<string>();
  readonly watches: WatchHub;
  readonly #disk: OrderedStore;
  readonly #options: StoreOptions;
  readonly #compaction: Compaction;
  #revision = 1;
  #compactRevision = 0;
  #appliedIndex = 0;
  #appliedTerm = 0;
  #valueBytes = 0;
  #pending: StoreWrite[] = [];
  /** Unwritten revision records by their key's text, for reads before the batch is handed over. */
  #overlay = new Map<string, Uint8Array>();

  private constructor(disk: OrderedStore, options: StoreOptions) {
    this.#disk = disk;
    this.#options = options;
    const self = this;
    this.watches = new WatchHub({
      get revision() {
        return self.#revision;
      },
      get compactRevision() {
        return self.#compactRevision;
      },
      positions: (range, from) => this.#positions(range, from),
      read: (position, withPrevious) => this.#readPosition(position, withPrevious),
    });
    this.#compaction = new Compaction(this.index, (main, sub) => {
      this.#valueBytes -= this.#recordBytes(main, sub);
      this.#delete(revisionKey(main, sub));
    });
  }

  /** Rebuilds the key index from the ordered store. Rejects with CORRUPT where a record can't be read. */
  static async open(disk: OrderedStore, options: StoreOptions): Promise<Store> {
    const store = new Store(disk, options);
    const state = await loadState(disk, store.index, store.leases, store.meta);
    store.#revision = state.revision;
    store.#compactRevision = state.compactRevision;
    store.#appliedIndex = state.appliedIndex;
    store.#appliedTerm = state.appliedTerm;
    store.#valueBytes = state.valueBytes;
    for (const alarm of state.alarms) store.alarms.add(alarm);
    if (state.compactionUnfinished) store.#compaction.start(state.compactRevision);
    return store;
  }

  /** The newest revision; 1 for an empty store, as in etcd. */
  get revision(): Revision {
    return this.#revision;
  }

  get compactRevision(): Revision {
    return this.#compactRevision;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get appliedTerm(): number {
    return this.#appliedTerm;
  }

  /** Bytes of keys and values over all revisions that are kept. */
  get valueBytes(): number {
    return this.#valueBytes;
  }

  header(): ResponseHeader {
    return {
      clusterId: this.#options.clusterId,
      memberId: this.#options.memberId,
      revision: this.#revision,
      raftTerm: this.#appliedTerm,
    };
  }

  /**
   * Applies one command: all of it or, with `ok: false`, none of it. Watchers that are synced get its changes before this
   * returns. Throws only where the ordered store fails: the member must stop then.
   */
  apply(command: Command, context: ApplyContext): ApplyResult {
    if (context.index <= this.#appliedIndex) {
      return { ok: false, error: kvError("STOPPED", { message: "the entry was applied before" }) };
    }
    this.#appliedIndex = context.index;
    this.#appliedTerm = context.term;
    try {
      return { ok: true, response: this.#carryOut(command) };
    } catch (error) {
      if (error instanceof CodedError) return { ok: false, error };
      throw error;
    }
  }

  /** Notes an entry without a command (a term's first, a configuration change), so that the applied index moves on. */
  skip(context: ApplyContext): void {
    if (context.index <= this.#appliedIndex) return;
    this.#appliedIndex = context.index;
    this.#appliedTerm = context.term;
  }

  /** What has gathered since the last call, the applied index in it. To be handed to the ordered store at once. */
  takeBatch(): StoreBatch {
    const writes = this.#pending;
    writes.push(
      { type: "put", key: metaKey("applied"), value: appliedBytes(this.#appliedIndex, this.#appliedTerm) },
      { type: "put", key: metaKey("revision"), value: numberBytes(this.#revision) },
    );
    this.#pending = [];
    this.#overlay = new Map();
    return { writes, appliedIndex: this.#appliedIndex, appliedTerm: this.#appliedTerm };
  }

  /** Whether takeBatch has more than the applied index to say. */
  get hasPendingWrites(): boolean {
    return this.#pending.length > 0;
  }

  /** A range at the newest or a past revision. Throws COMPACTED, FUTURE_REVISION or INVALID_SORT_OPTION. */
  range(request: RangeRequest): RangeResponse {
    return { header: this.header(), ...readRange(this, request, this.#revision) };
  }

  watch(request: WatchRequest, sink: WatchSink): Watch {
    return this.watches.watch(request, sink);
  }

  /** Removes up to `keysMax` keys' worth of compacted history; true where work is left. */
  pumpCompaction(keysMax = 1_000): boolean {
    if (!this.#compaction.isRunning) return false;
    const more = this.#compaction.pump(keysMax);
    if (!more) this.#put(metaKey("compaction-done"), numberBytes(this.#compactRevision));
    return more;
  }

  get isCompacting(): boolean {
    return this.#compaction.isRunning;
  }

  /** The record of a revision, from the unwritten batch or the ordered store. */
  recordAt(main: number, sub: number): Uint8Array {
    const key = revisionKey(main, sub);
    const record = this.#overlay.get(textOf(key)) ?? this.#disk.getSync(key);
    if (!record) {
      throw kvError("CORRUPT", {
        message: `the state has no record of revision ${main}.${sub}, which its index names`,
      });
    }
    return record;
  }

  #carryOut(command: Command): CommandResponse {
    switch (command.op) {
      case "noop":
        return { op: "noop", header: this.header() };
      case "put":
      case "delete-range":
      case "txn":
        return this.#transact(command);
      case "compact":
        return this.#compact(command.revision);
      case "lease-grant":
        return this.#grant(command.id, command.ttlSeconds);
      case "lease-revoke":
        return this.#revoke(command.id);
      case "meta-put":
        this.meta.set(command.key, command.value);
        this.#put(metaKey(`x/${command.key}`), command.value);
        return { op: "meta-put", header: this.header() };
      case "meta-delete":
        this.meta.delete(command.key);
        this.#delete(metaKey(`x/${command.key}`));
        return { op: "meta-delete", header: this.header() };
      case "alarm":
        return this.#alarm(`${command.alarm}/${command.member}`, command.raised);
    }
  }

  #transact(command: Extract<Command, { op: "put" | "delete-range" | "txn" }>): CommandResponse {
    const transaction = new Transaction(this, this.#revision + 1);
    const response = transaction.run(command);
    this.#commit(transaction);
    return response;
  }

  /** Makes a transaction's writes the newest revision and tells the watchers. */
  #commit(transaction: Transaction): void {
    const { changes } = transaction;
    if (changes.length === 0) return;
    this.#revision = transaction.main;
    this.#valueBytes += transaction.writtenBytes;
    this.watches.applied(transaction.main, changes);
  }

  #compact(revision: Revision): CommandResponse {
    if (revision <= this.#compactRevision) {
      throw kvError("COMPACTED", { details: { compactRevision: this.#compactRevision } });
    }
    if (revision > this.#revision) throw kvError("FUTURE_REVISION");
    this.#compactRevision = revision;
    this.#put(metaKey("compaction"), numberBytes(revision));
    this.#compaction.start(revision);
    return { op: "compact", header: this.header() };
  }

  #grant(id: bigint, ttlSeconds: number): CommandResponse {
    if (id === 0n) throw kvError("LEASE_NOT_FOUND", { message: "a lease needs an id that is not 0" });
    if (ttlSeconds > LEASE_TTL_SECONDS_MAX) throw kvError("LEASE_TTL_TOO_LARGE");
    if (this.leases.find(id)) throw kvError("LEASE_EXISTS");
    this.leases.grant(id, ttlSeconds);
    this.#put(leaseKey(id), numberBytes(ttlSeconds));
    return { op: "lease-grant", header: this.header(), id, ttlSeconds };
  }

  #revoke(id: bigint): CommandResponse {
    const lease = this.leases.find(id);
    if (!lease) throw kvError("LEASE_NOT_FOUND");
    const transaction = new Transaction(this, this.#revision + 1);
    transaction.deleteKeys([...lease.keys].sort());
    this.leases.remove(id);
    this.#delete(leaseKey(id));
    this.#commit(transaction);
    return { op: "lease-revoke", header: this.header() };
  }

  #alarm(name: string, raised: boolean): CommandResponse {
    if (raised) {
      this.alarms.add(name);
      this.#put(metaKey(`alarm/${name}`), Buffer.alloc(0));
    } else {
      this.alarms.delete(name);
      this.#delete(metaKey(`alarm/${name}`));
    }
    return { op: "alarm", header: this.header() };
  }

  /**
   * Whether writes that grow a value are refused. Safety: only what was replicated decides here; how far the physical
   * compaction has come differs from member to member.
   */
  get isOutOfSpace(): boolean {
    for (const alarm of this.alarms) if (alarm.startsWith("no-space/")) return true;
    return false;
  }

  /** Whether this member holds more than its quota: the driver proposes the alarm then, and its end when it is over. */
  get isOverQuota(): boolean {
    return this.#valueBytes > (this.#options.quotaBytes || DEFAULT_QUOTA_BYTES);
  }

  /** Adds a revision's record to the batch; for Transaction. */
  stageRecord(main: number, sub: number, record: Uint8Array): void {
    const key = revisionKey(main, sub);
    this.#overlay.set(textOf(key), record);
    this.#pending.push({ type: "put", key, value: record });
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#pending.push({ type: "put", key, value });
  }

  #delete(key: Uint8Array): void {
    this.#overlay.delete(textOf(key));
    this.#pending.push({ type: "del", key });
  }

  #recordBytes(main: number, sub: number): number {
    return this.recordAt(main, sub).length;
  }

  #positions(range: TextRange, from: Revision): HistoryPosition[] {
    const positions: HistoryPosition[] = [];
    this.index.visit(range, (key, history) => {
      if (history.newestMain >= from) {
        history.since(from, (main, sub, tombstone) => positions.push({ main, sub, key, tombstone }));
      }
      return true;
    });
    return positions.sort((a, b) => a.main - b.main || a.sub - b.sub);
  }

  #readPosition(position: HistoryPosition, withPrevious: boolean): Change | undefined {
    const history = this.index.find(position.key);
    if (!history) return undefined;
    const before = withPrevious ? history.before(position.main, position.sub) : undefined;
    const prevKv = before && decodeRecord(this.recordAt(before.main, before.sub), before.main);
    const kv = decodeRecord(this.recordAt(position.main, position.sub), position.main);
    return { type: position.tombstone ? "delete" : "put", kv, ...(prevKv ? { prevKv } : {}) };
  }
}

function appliedBytes(index: number, term: number): Buffer {
  return Buffer.concat([numberBytes(index), numberBytes(term)]);
}
