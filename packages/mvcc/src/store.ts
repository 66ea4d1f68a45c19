/**
 * The etcd state machine: applies commands in log order, synchronously and atomically, and answers ranges at
 * any revision that is not compacted. Writes gather in a batch that the driver hands to the ordered store
 * together with the applied index, so that a restart neither loses a command nor applies one twice.
 * Deterministic: no clock, no random.
 *
 * etcd server/storage/mvcc and server/etcdserver/apply for the semantics.
 */
import { CodedError } from "@quorate/base";
import { isAuthErrorCode } from "./auth-request.ts";
import { AuthStore } from "./auth-store.ts";
import type { Command, CommandResponse, PlainCommand } from "./command.ts";
import { CommandPermission } from "./command-permission.ts";
import { Compaction } from "./compaction.ts";
import { KeyIndex } from "./key-index.ts";
import type {
  RangeRequest,
  RangeResponse,
  ResponseHeader,
  Revision,
  Watch,
  WatchRequest,
  WatchSink,
} from "./kv.ts";
import { isKvErrorCode, kvError } from "./kv-error.ts";
import { LeaseBook } from "./lease-book.ts";
import { loadState } from "./load-state.ts";
import type { OrderedStore, StoreWrite } from "./ordered-store.ts";
import { readRange } from "./range-reader.ts";
import { authKey, decodeRecord, leaseBytes, leaseKey, metaKey, numberBytes, revisionKey } from "./record.ts";
import { RevisionLog } from "./revision-log.ts";
import { HashWalk, type KvHash } from "./state-hash.ts";
import { Transaction } from "./transaction.ts";
import { WatchHub } from "./watch-hub.ts";

/** What a store is told of its member. */
export interface StoreOptions {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /**
   * Bytes of the applied state above which `isOverQuota` is true; 0: etcd's default of 2 GiB; below 0: no
   * quota.
   */
  readonly quotaBytes?: number;
}

/** The log entry a command came in. */
export interface ApplyContext {
  /** Index of the log entry; one at or below `appliedIndex` changes nothing. */
  readonly index: number;
  readonly term: number;
}

/** What became of a command. */
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
/** The share of the quota below which its alarm ends. */
const QUOTA_RELIEF = 0.95;
const LEASE_TTL_SECONDS_MAX = 9_000_000_000;
/** etcd's, with its default election timeout. */
const LEASE_TTL_SECONDS_MIN = 2;

/** One member's copy of the key space. */
export class Store {
  readonly index = new KeyIndex();
  readonly leases = new LeaseBook();
  readonly meta = new Map<string, Uint8Array>();
  readonly alarms = new Set<string>();
  readonly auth: AuthStore;
  readonly permission: CommandPermission;
  readonly watches: WatchHub;
  readonly #history = new RevisionLog();
  readonly #disk: OrderedStore;
  readonly #options: StoreOptions;
  readonly #compaction: Compaction;
  #revision = 1;
  #compactRevision = 0;
  #appliedIndex = 0;
  #appliedTerm = 0;
  #valueBytes = 0;
  #pending: StoreWrite[] = [];
  /** Records of revisions from #unwrittenFrom on by their sub, for reads before the batch is handed over. */
  #unwritten: Uint8Array[][] = [];
  #unwrittenFrom = 2;
  /** Readers of a past revision that physical compaction must not overtake. */
  #pins = 0;
  #compactionWaits = false;
  #outOfSpace = false;

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
      walk: (from, visit) => this.#history.walk(from, visit),
      read: (main, sub) => decodeRecord(this.recordAt(main, sub), main),
    });
    this.auth = new AuthStore((name, record) => {
      if (record === undefined) this.#delete(authKey(name));
      else this.#put(authKey(name), Buffer.from(record));
    });
    this.permission = new CommandPermission(this.auth, this.leases);
    this.#compaction = new Compaction(this.index, (main, sub) => {
      this.#valueBytes -= this.recordAt(main, sub).length;
      this.#delete(revisionKey(main, sub));
    });
  }

  /** Rebuilds the key index from the ordered store. Rejects with CORRUPT where a record can't be read. */
  static async open(disk: OrderedStore, options: StoreOptions): Promise<Store> {
    const store = new Store(disk, options);
    const state = await loadState(disk, {
      index: store.index,
      leases: store.leases,
      meta: store.meta,
      auth: store.auth,
      history: store.#history,
    });
    store.#revision = state.revision;
    store.#unwrittenFrom = state.revision + 1;
    store.#compactRevision = state.compactRevision;
    store.#appliedIndex = state.appliedIndex;
    store.#appliedTerm = state.appliedTerm;
    store.#valueBytes = state.valueBytes;
    for (const alarm of state.alarms) store.alarms.add(alarm);
    store.#noteAlarms();
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
   * Applies one command: all of it or, with `ok: false`, none of it. Watchers that are synced get its changes
   * before this returns. Throws only where the ordered store fails: the member must stop then.
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
      // Safety: only what every member finds alike is an answer; a state that can't be read stops the member.
      if (error instanceof CodedError && isRefusal(error.code)) return { ok: false, error };
      throw error;
    }
  }

  /**
   * Notes an entry without a command (a term's first, a configuration change), so that the applied index
   * moves on.
   */
  skip(context: ApplyContext): void {
    if (context.index <= this.#appliedIndex) return;
    this.#appliedIndex = context.index;
    this.#appliedTerm = context.term;
  }

  /**
   * What has gathered since the last call, the applied index in it. To be handed to the ordered store at
   * once.
   */
  takeBatch(): StoreBatch {
    const writes = this.#pending;
    writes.push(
      { type: "put", key: metaKey("applied"), value: appliedBytes(this.#appliedIndex, this.#appliedTerm) },
      { type: "put", key: metaKey("revision"), value: numberBytes(this.#revision) },
    );
    this.#pending = [];
    if (this.#unwritten.length > 0) this.#unwritten = [];
    this.#unwrittenFrom = this.#revision + 1;
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

  /** Keys that have any history. */
  get keyCount(): number {
    return this.index.size;
  }

  /**
   * The record of a revision, from the unwritten batch or the ordered store. Throws STATE_DAMAGED where there
   * is none.
   */
  recordAt(main: number, sub: number): Uint8Array {
    const record =
      main >= this.#unwrittenFrom
        ? this.#unwritten[main - this.#unwrittenFrom]?.[sub]
        : this.#disk.getSync(revisionKey(main, sub));
    if (record) return record;
    const message = `the state has no record of revision ${main}.${sub}, which its index names`;
    throw new CodedError("STATE_DAMAGED", `${message}; replace this member's data`);
  }

  /**
   * Keeps what is readable now readable until the returned function is called: physical compaction waits. For
   * those who read a past revision in slices. Bound: who pins lets go soon, as the space is not given back
   * meanwhile.
   */
  pin(): () => void {
    this.#pins++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#pins > 0 || !this.#compactionWaits) return;
      this.#compactionWaits = false;
      this.#compaction.start(this.#compactRevision);
    };
  }

  /**
   * The hash of what is readable at `revision` (0: the newest), equal on every member that has applied it, in
   * slices of a few milliseconds between which the caller yields. Throws COMPACTED or FUTURE_REVISION.
   */
  *hashKv(revision = 0): Generator<void, KvHash> {
    if (revision > this.#revision) throw kvError("FUTURE_REVISION");
    if (revision > 0 && revision < this.#compactRevision) {
      throw kvError("COMPACTED", { details: { compactRevision: this.#compactRevision } });
    }
    const unpin = this.pin();
    try {
      const walk = new HashWalk(this, revision || this.#revision, this.#compactRevision);
      while (!walk.step()) yield;
      return walk.result;
    } finally {
      unpin();
    }
  }

  #carryOut(command: Command): CommandResponse {
    if (command.op !== "as-user") return this.#carryOutPlain(command);
    this.permission.check(command.caller, command.command);
    return this.#carryOutPlain(command.command);
  }

  #carryOutPlain(command: PlainCommand): CommandResponse {
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
      case "lease-checkpoint":
        return this.#checkpoint(command.leases);
      case "auth":
        this.auth.apply(command.request);
        return { op: "auth", header: this.header() };
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

  #transact(command: Extract<PlainCommand, { op: "put" | "delete-range" | "txn" }>): CommandResponse {
    this.#checkCorrupt();
    const transaction = new Transaction(this, this.#revision + 1);
    const response = transaction.run(command);
    this.#commit(transaction);
    return response;
  }

  /** Makes a transaction's writes the newest revision and tells the watchers. */
  #commit(transaction: Transaction): void {
    const { changes, main } = transaction;
    if (changes.length === 0) return;
    this.#revision = main;
    this.#valueBytes += transaction.writtenBytes;
    for (let sub = 0; sub < changes.length; sub++) {
      const { change, history } = changes[sub]!;
      this.#history.append(main, sub, change.type === "delete", history);
    }
    this.watches.applied(main, changes);
  }

  #compact(revision: Revision): CommandResponse {
    this.#checkCorrupt();
    if (revision <= this.#compactRevision) {
      throw kvError("COMPACTED", { details: { compactRevision: this.#compactRevision } });
    }
    if (revision > this.#revision) throw kvError("FUTURE_REVISION");
    this.#compactRevision = revision;
    this.#put(metaKey("compaction"), numberBytes(revision));
    this.#history.trim(revision);
    if (this.#pins > 0) this.#compactionWaits = true;
    else this.#compaction.start(revision);
    return { op: "compact", header: this.header() };
  }

  #grant(id: bigint, ttlSeconds: number): CommandResponse {
    this.#checkCorrupt();
    if (this.#outOfSpace) throw kvError("NO_SPACE");
    if (id === 0n) throw kvError("LEASE_NOT_FOUND", { message: "a lease needs an id that is not 0" });
    if (ttlSeconds > LEASE_TTL_SECONDS_MAX) throw kvError("LEASE_TTL_TOO_LARGE");
    if (this.leases.find(id)) throw kvError("LEASE_EXISTS");
    const granted = Math.max(LEASE_TTL_SECONDS_MIN, ttlSeconds);
    this.leases.grant(id, granted);
    this.#put(leaseKey(id), leaseBytes(granted, 0));
    return { op: "lease-grant", header: this.header(), id, ttlSeconds: granted };
  }

  #checkpoint(notes: readonly { readonly id: bigint; readonly remainingSeconds: number }[]): CommandResponse {
    for (const { id, remainingSeconds } of notes) {
      const lease = this.leases.find(id);
      if (!lease) continue;
      lease.remainingSeconds = remainingSeconds;
      this.#put(leaseKey(id), leaseBytes(lease.ttlSeconds, remainingSeconds));
    }
    return { op: "lease-checkpoint", header: this.header() };
  }

  #revoke(id: bigint): CommandResponse {
    this.#checkCorrupt();
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
    this.#noteAlarms();
    return { op: "alarm", header: this.header() };
  }

  /**
   * Whether writes that grow a value are refused. Safety: only what was replicated decides here; how far the
   * physical compaction has come differs from member to member.
   */
  get isOutOfSpace(): boolean {
    return this.#outOfSpace;
  }

  /**
   * Whether this member holds more than its quota: the driver proposes the alarm then, and its end when it is
   * over.
   */
  get isOverQuota(): boolean {
    return this.#isAbove(1);
  }

  /** Whether it holds so much that an alarm which stands should go on: it would be raised again at once. */
  get isNearQuota(): boolean {
    return this.#isAbove(QUOTA_RELIEF);
  }

  #isAbove(share: number): boolean {
    const quotaBytes = this.#options.quotaBytes || DEFAULT_QUOTA_BYTES;
    return quotaBytes > 0 && this.#valueBytes > quotaBytes * share;
  }

  /** Adds a revision's record to the batch, the subs of a revision in order; for Transaction. */
  stageRecord(main: number, sub: number, record: Uint8Array): void {
    const at = main - this.#unwrittenFrom;
    if (sub === 0) this.#unwritten[at] = [record];
    else this.#unwritten[at]!.push(record);
    this.#pending.push({ type: "put", key: revisionKey(main, sub), value: record });
  }

  #noteAlarms(): void {
    this.#outOfSpace = false;
    for (const alarm of this.alarms) if (alarm.startsWith("no-space/")) this.#outOfSpace = true;
  }

  #checkCorrupt(): void {
    if (this.alarms.size === 0) return;
    for (const alarm of this.alarms) if (alarm.startsWith("corrupt/")) throw kvError("CORRUPT");
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#pending.push({ type: "put", key, value });
  }

  #delete(key: Uint8Array): void {
    this.#pending.push({ type: "del", key });
  }
}

function isRefusal(code: string): boolean {
  return isKvErrorCode(code) || isAuthErrorCode(code);
}

function appliedBytes(index: number, term: number): Buffer {
  return Buffer.concat([numberBytes(index), numberBytes(term)]);
}
