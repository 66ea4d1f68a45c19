/**
 * Kv on a replica in the same thread. Writes are checked, proposed, and answered when applied here;
 * linearizable reads wait for a read barrier, serializable ones are answered at once.
 */
import {
  type CallOptions,
  type Command,
  type CommandResponse,
  type CompactRequest,
  checkDeleteRange,
  checkPut,
  checkRange,
  checkTxn,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type Kv,
  type KvStatus,
  type LeaseGrantRequest,
  type LeaseId,
  type LeaseStatus,
  type PlainCommand,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type RequestLimits,
  type ResponseHeader,
  type Revision,
  type TxnRequest,
  type TxnResponse,
  type Watch,
  type WatchRequest,
  type WatchSink,
} from "@quorate/mvcc";
import type { Replica } from "./replica.ts";

type ResponseTo<Op extends CommandResponse["op"]> = Extract<CommandResponse, { op: Op }>;

/** The Kv of a member. Closing it leaves the replica running. */
export class ReplicaKv implements Kv {
  readonly #replica: Replica;
  readonly #limits: RequestLimits | undefined;
  readonly #watches = new Set<Watch>();

  constructor(replica: Replica, limits?: RequestLimits) {
    this.#replica = replica;
    this.#limits = limits;
  }

  async range(request: RangeRequest, options: CallOptions = {}): Promise<RangeResponse> {
    checkRange(request);
    if (!request.serializable) await this.#replica.barrier(options);
    return this.#replica.store.range(request);
  }

  async put(request: PutRequest, options: CallOptions = {}): Promise<PutResponse> {
    checkPut(request, this.#limits);
    return (await this.#write<"put">({ op: "put", request }, options)).response;
  }

  async deleteRange(request: DeleteRangeRequest, options: CallOptions = {}): Promise<DeleteRangeResponse> {
    checkDeleteRange(request);
    return (await this.#write<"delete-range">({ op: "delete-range", request }, options)).response;
  }

  async txn(request: TxnRequest, options: CallOptions = {}): Promise<TxnResponse> {
    checkTxn(request, this.#limits);
    return (await this.#write<"txn">({ op: "txn", request }, options)).response;
  }

  async compact(request: CompactRequest, options: CallOptions = {}): Promise<ResponseHeader> {
    const { header } = await this.#write<"compact">({ op: "compact", revision: request.revision }, options);
    if (request.physical) await this.#replica.compactionDone();
    return header;
  }

  watch(request: WatchRequest, sink: WatchSink): Watch {
    const replica = this.#replica;
    const { store } = replica;
    const inner = store.watch(request, {
      batch: (batch) => sink.batch(batch),
      closed: (error) => {
        this.#watches.delete(watch);
        sink.closed(error);
      },
    });
    const watch: Watch = {
      cancel: () => {
        this.#watches.delete(watch);
        inner.cancel();
      },
      requestProgress: () => {
        inner.requestProgress();
        replica.wake();
      },
    };
    this.#watches.add(watch);
    if (store.watches.hasBacklog) replica.wake();
    return watch;
  }

  async barrier(options: CallOptions = {}): Promise<Revision> {
    await this.#replica.barrier(options);
    return this.#replica.store.revision;
  }

  async leaseGrant(request: LeaseGrantRequest, options: CallOptions = {}): Promise<LeaseStatus> {
    const id = request.id === 0n ? this.#chooseLeaseId() : request.id;
    const { ttlSeconds } = request;
    const granted = await this.#write<"lease-grant">({ op: "lease-grant", id, ttlSeconds }, options);
    return { id, ttlSeconds: granted.ttlSeconds, grantedTtlSeconds: granted.ttlSeconds, keys: [] };
  }

  async leaseRevoke(id: LeaseId, options: CallOptions = {}): Promise<ResponseHeader> {
    return (await this.#write<"lease-revoke">({ op: "lease-revoke", id }, options)).header;
  }

  async leaseKeepAlive(id: LeaseId, options: CallOptions = {}): Promise<number> {
    return Number(await this.#replica.askLeader({ op: "lease-renew", lease: id }, options));
  }

  async leaseTimeToLive(id: LeaseId, withKeys: boolean, options: CallOptions = {}): Promise<LeaseStatus> {
    const ttlSeconds = Number(await this.#replica.askLeader({ op: "lease-remaining", lease: id }, options));
    // The keys are those of a point at least as new as the leader's answer.
    await this.#replica.barrier(options);
    const lease = this.#replica.store.leases.find(id);
    const keys = withKeys && lease ? [...lease.keys].sort().map((key) => Buffer.from(key, "latin1")) : [];
    return { id, ttlSeconds: lease ? ttlSeconds : -1, grantedTtlSeconds: lease?.ttlSeconds ?? 0, keys };
  }

  async leases(options: CallOptions = {}): Promise<readonly LeaseId[]> {
    await this.#replica.barrier(options);
    return this.#replica.store.leases.all().map((lease) => lease.id);
  }

  async status(): Promise<KvStatus> {
    const status = this.#replica.status();
    return {
      header: { ...this.#replica.store.header(), raftTerm: status.term },
      leader: status.leader,
      raftIndex: status.lastIndex,
      raftAppliedIndex: status.appliedIndex,
      dbSizeBytes: status.dbSizeBytes,
      isLearner: status.isLearner,
      errors: [...(status.leader === 0n ? ["etcdserver: no leader"] : []), ...status.alarms],
      members: status.members,
    };
  }

  async close(): Promise<void> {
    for (const watch of [...this.#watches]) watch.cancel();
  }

  async #write<Op extends CommandResponse["op"]>(
    command: Command & { op: Op },
    options: CallOptions,
  ): Promise<ResponseTo<Op>> {
    const { caller } = options;
    const proposed: Command = caller ? { op: "as-user", caller, command: command as PlainCommand } : command;
    return (await this.#replica.propose(proposed, options)) as ResponseTo<Op>;
  }

  #chooseLeaseId(): LeaseId {
    const { random } = this.#replica.options;
    for (;;) {
      // Positive as an int64: clients print it as one.
      const id = (BigInt(random.int(2 ** 31)) << 32n) | BigInt(random.int(2 ** 32));
      if (id !== 0n && !this.#replica.store.leases.find(id)) return id;
    }
  }
}
