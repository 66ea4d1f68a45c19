/** etcd's Lease service over the Kv port. */
import type { Kv, LeaseId } from "@quorate/mvcc";
import { type AccessCheck, timeoutOf } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import { type MessageStream, type RpcCall, type ServiceHandlers, streaming, unary } from "./rpc-call.ts";

/** The handlers of etcdserverpb.Lease. */
export class LeaseService {
  readonly #backend: EtcdBackend;
  readonly #kv: Kv;
  readonly #access: AccessCheck;

  constructor(backend: EtcdBackend, access: AccessCheck) {
    this.#backend = backend;
    this.#kv = backend.kv;
    this.#access = access;
  }

  handlers(): ServiceHandlers {
    return {
      LeaseGrant: unary((message: pb.LeaseGrantRequest, call) => this.#grant(message, call)),
      LeaseRevoke: unary((message: pb.LeaseRevokeRequest, call) => this.#revoke(message, call)),
      LeaseTimeToLive: unary((message: pb.LeaseTimeToLiveRequest, call) => this.#timeToLive(message, call)),
      LeaseLeases: unary((_message: pb.LeaseLeasesRequest, call) => this.#leases(call)),
      LeaseKeepAlive: streaming(
        (stream: MessageStream<pb.LeaseKeepAliveRequest, Partially<pb.LeaseKeepAliveResponse>>, call) =>
          this.#keepAlive(stream, call),
      ),
    };
  }

  async #grant(message: pb.LeaseGrantRequest, call: RpcCall): Promise<Partially<pb.LeaseGrantResponse>> {
    this.#access.checkKnown(call);
    const request = { id: message.ID, ttlSeconds: Math.max(0, message.TTL) };
    const lease = await this.#kv.leaseGrant(request, this.#access.optionsOf(call));
    return { header: this.#header(), ID: lease.id, TTL: lease.grantedTtlSeconds };
  }

  async #revoke(message: pb.LeaseRevokeRequest, call: RpcCall): Promise<Partially<pb.LeaseRevokeResponse>> {
    this.#access.checkKnown(call);
    const header = await this.#kv.leaseRevoke(message.ID, this.#access.optionsOf(call));
    return { header: headerMessage(header) };
  }

  async #timeToLive(
    message: pb.LeaseTimeToLiveRequest,
    call: RpcCall,
  ): Promise<Partially<pb.LeaseTimeToLiveResponse>> {
    this.#access.checkKnown(call);
    const caller = this.#access.callerOf(call);
    const lease = await this.#kv.leaseTimeToLive(message.ID, message.keys, timeoutOf(call));
    // Compat: a lease without its keys is anyone's to ask for.
    if (message.keys) this.#access.checkLeaseKeys(caller, [message.ID]);
    const { id: ID, ttlSeconds: TTL, grantedTtlSeconds: grantedTTL, keys } = lease;
    return { header: this.#header(), ID, TTL, grantedTTL, keys };
  }

  async #leases(call: RpcCall): Promise<Partially<pb.LeaseLeasesResponse>> {
    this.#access.checkKnown(call);
    const caller = this.#access.callerOf(call);
    const ids = await this.#kv.leases(timeoutOf(call));
    // As etcd: who may not read the keys of all leases is not told of any.
    this.#access.checkLeaseKeys(caller, ids);
    return { header: this.#header(), leases: ids.map((ID) => ({ ID })) };
  }

  async #keepAlive(
    stream: MessageStream<pb.LeaseKeepAliveRequest, Partially<pb.LeaseKeepAliveResponse>>,
    call: RpcCall,
  ): Promise<void> {
    for await (const { ID } of stream.requests) {
      this.#checkRenewal(ID, call);
      const TTL = await this.#kv.leaseKeepAlive(ID, timeoutOf(call));
      if (!stream.send({ header: this.#header(), ID, TTL })) await stream.drained();
    }
  }

  /** As etcd: who may not write a lease's keys must not keep it alive. */
  #checkRenewal(id: LeaseId, call: RpcCall): void {
    this.#access.checkKnown(call);
    const caller = this.#access.callerOf(call);
    if (caller) this.#backend.store().permission.checkLease(caller, id);
  }

  #header(): Partially<pb.ResponseHeader> {
    return headerMessage(this.#backend.store().header());
  }
}
