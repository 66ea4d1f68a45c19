/**
 * The Kv provider without replication: one store, applied at once. For tests, and for everything that needs
 * the port but no cluster. Nothing is synced: a crash of the process may lose the last writes.
 */
import type { Clock, Timer } from "@quorate/base";
import { checkDeleteRange, checkPut, checkRange, checkTxn } from "./check-request.ts";
import type { Command, CommandResponse, PlainCommand } from "./command.ts";
import type * as kv from "./kv.ts";
import { kvError } from "./kv-error.ts";
import { LeaseExpiry } from "./lease-expiry.ts";
import { MemoryOrderedStore } from "./memory-ordered-store.ts";
import type { OrderedStore } from "./ordered-store.ts";
import { Store } from "./store.ts";

/** What a LocalKv runs on. */
export interface LocalKvOptions {
  readonly clock: Clock;
  /** Where the state is kept; in memory where absent. */
  readonly store?: OrderedStore;
}

const LOCAL_MEMBER = 1n;

/** A Kv over one store in this process. */
export class LocalKv implements kv.Kv {
  readonly #store: Store;
  readonly #disk: OrderedStore;
  readonly #clock: Clock;
  readonly #expiry: LeaseExpiry;
  #timer: Timer | undefined;
  #nextLease = 1n;
  #closed = false;
  #pumping = false;

  private constructor(store: Store, disk: OrderedStore, clock: Clock) {
    this.#store = store;
    this.#disk = disk;
    this.#clock = clock;
    this.#expiry = new LeaseExpiry(store.leases);
    this.#expiry.promote(clock.now(), 0);
    this.#scheduleExpiry();
  }

  static async open(options: LocalKvOptions): Promise<LocalKv> {
    const disk = options.store ?? new MemoryOrderedStore();
    const store = await Store.open(disk, { clusterId: 1n, memberId: LOCAL_MEMBER });
    return new LocalKv(store, disk, options.clock);
  }

  /** The state machine. */
  get store(): Store {
    return this.#store;
  }

  async range(request: kv.RangeRequest): Promise<kv.RangeResponse> {
    checkRange(request);
    this.#checkOpen();
    const response = this.#store.range(request);
    this.#catchUp();
    return response;
  }

  async put(request: kv.PutRequest, options: kv.CallOptions = {}): Promise<kv.PutResponse> {
    checkPut(request);
    return (await this.#apply({ op: "put", request }, "put", options)).response;
  }

  async deleteRange(
    request: kv.DeleteRangeRequest,
    options: kv.CallOptions = {},
  ): Promise<kv.DeleteRangeResponse> {
    checkDeleteRange(request);
    return (await this.#apply({ op: "delete-range", request }, "delete-range", options)).response;
  }

  async txn(request: kv.TxnRequest, options: kv.CallOptions = {}): Promise<kv.TxnResponse> {
    checkTxn(request);
    return (await this.#apply({ op: "txn", request }, "txn", options)).response;
  }

  async compact(request: kv.CompactRequest): Promise<kv.ResponseHeader> {
    const { header } = await this.#apply({ op: "compact", revision: request.revision }, "compact");
    while (this.#store.pumpCompaction()) await this.#flush();
    await this.#flush();
    return header;
  }

  watch(request: kv.WatchRequest, sink: kv.WatchSink): kv.Watch {
    checkRange(request);
    this.#checkOpen();
    const watch = this.#store.watch(request, sink);
    this.#pumpSoon();
    return {
      cancel: () => watch.cancel(),
      requestProgress: () => {
        watch.requestProgress();
        this.#pumpSoon();
      },
    };
  }

  async barrier(): Promise<kv.Revision> {
    this.#checkOpen();
    this.#catchUp();
    return this.#store.revision;
  }

  async leaseGrant(request: kv.LeaseGrantRequest): Promise<kv.LeaseStatus> {
    let id = request.id;
    while (id === 0n || (request.id === 0n && this.#store.leases.find(id))) id = this.#nextLease++;
    const granted = await this.#apply(
      { op: "lease-grant", id, ttlSeconds: request.ttlSeconds },
      "lease-grant",
    );
    this.#expiry.renew(id, this.#clock.now());
    this.#scheduleExpiry();
    return { id, ttlSeconds: granted.ttlSeconds, grantedTtlSeconds: granted.ttlSeconds, keys: [] };
  }

  async leaseRevoke(id: kv.LeaseId, options: kv.CallOptions = {}): Promise<kv.ResponseHeader> {
    return (await this.#apply({ op: "lease-revoke", id }, "lease-revoke", options)).header;
  }

  async leaseKeepAlive(id: kv.LeaseId): Promise<number> {
    this.#checkOpen();
    const ttl = this.#expiry.renew(id, this.#clock.now());
    this.#scheduleExpiry();
    return ttl;
  }

  async leaseTimeToLive(id: kv.LeaseId, withKeys: boolean): Promise<kv.LeaseStatus> {
    this.#checkOpen();
    const lease = this.#store.leases.find(id);
    return {
      id,
      ttlSeconds: this.#expiry.remainingSeconds(id, this.#clock.now()),
      grantedTtlSeconds: lease?.ttlSeconds ?? 0,
      keys: withKeys && lease ? [...lease.keys].sort().map((key) => Buffer.from(key, "latin1")) : [],
    };
  }

  async leases(): Promise<readonly kv.LeaseId[]> {
    this.#checkOpen();
    return this.#store.leases.all().map((lease) => lease.id);
  }

  async status(): Promise<kv.KvStatus> {
    return {
      header: this.#store.header(),
      leader: LOCAL_MEMBER,
      raftIndex: this.#store.appliedIndex,
      raftAppliedIndex: this.#store.appliedIndex,
      dbSizeBytes: this.#store.valueBytes,
      isLearner: false,
      errors: [],
      members: [{ id: LOCAL_MEMBER, name: "local", peerUrls: [], clientUrls: [], isLearner: false }],
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#store.watches.closeAll(kvError("STOPPED"));
    await this.#disk.close();
  }

  /** Applies any command, as a proposal that is committed at once. */
  async propose(command: Command): Promise<CommandResponse> {
    this.#checkOpen();
    const result = this.#store.apply(command, { index: this.#store.appliedIndex + 1, term: 1 });
    await this.#flush();
    this.#catchUp();
    if (!result.ok) throw result.error;
    return result.response;
  }

  async #apply<Op extends CommandResponse["op"]>(
    command: PlainCommand,
    _op: Op,
    { caller }: kv.CallOptions = {},
  ): Promise<Extract<CommandResponse, { op: Op }>> {
    const answer = await this.propose(caller ? { op: "as-user", caller, command } : command);
    return answer as Extract<CommandResponse, { op: Op }>;
  }

  #flush(): Promise<void> {
    return this.#disk.write(this.#store.takeBatch().writes);
  }

  /** An answer comes behind the changes that it covers, also for watches that began in the past. */
  #catchUp(): void {
    while (!this.#closed && this.#store.watches.pump());
  }

  #checkOpen(): void {
    if (this.#closed) throw kvError("STOPPED");
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      if (!this.#closed && this.#store.watches.pump()) this.#pumpSoon();
    });
  }

  #scheduleExpiry(): void {
    this.#timer?.cancel();
    const next = this.#expiry.nextEnd();
    if (next === undefined || this.#closed) return;
    this.#timer = this.#clock.setTimer(Math.max(0, next - this.#clock.now()), () => void this.#expire());
  }

  async #expire(): Promise<void> {
    for (const id of this.#expiry.expired(this.#clock.now())) {
      await this.leaseRevoke(id).catch(() => undefined);
    }
    this.#scheduleExpiry();
  }
}
