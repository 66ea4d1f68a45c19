/** etcd's KV service over the Kv port. */
import type { Kv } from "@quorate/mvcc";
import { type AccessCheck, timeoutOf } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import {
  deleteRangeMessage,
  deleteRangeRequest,
  headerMessage,
  putMessage,
  putRequest,
  rangeRequest,
  txnMessage,
  txnRequest,
} from "./kv-messages.ts";
import { encodeRange } from "./range-encoding.ts";
import { type RpcCall, type ServiceHandlers, unary } from "./rpc-call.ts";
import { TurnBudget } from "./turn-budget.ts";

/** The handlers of etcdserverpb.KV. */
export class KvService {
  readonly #kv: Kv;
  readonly #access: AccessCheck;
  readonly #turns = new TurnBudget();

  constructor(backend: EtcdBackend, access: AccessCheck) {
    this.#kv = backend.kv;
    this.#access = access;
  }

  handlers(): ServiceHandlers {
    return {
      Range: unary((message: pb.RangeRequest, call) => this.#range(message, call)),
      Put: unary((message: pb.PutRequest, call) => this.#put(message, call)),
      DeleteRange: unary((message: pb.DeleteRangeRequest, call) => this.#deleteRange(message, call)),
      Txn: unary((message: pb.TxnRequest, call) => this.#txn(message, call)),
      Compact: unary((message: pb.CompactionRequest, call) => this.#compact(message, call)),
    };
  }

  async #range(message: pb.RangeRequest, call: RpcCall) {
    const request = rangeRequest(message);
    const caller = this.#access.callerOf(call);
    this.#access.checkRead(caller, request.key, request.rangeEnd);
    const options = timeoutOf(call);
    if (!request.serializable) await this.#kv.barrier(options);
    if (request.rangeEnd) await this.#turns.whenFree();
    // What has been waited for holds for the read that follows in the same turn.
    const response = await this.#turns.spend(() => this.#kv.range({ ...request, serializable: true }));
    this.#access.checkUnchanged(caller);
    return this.#turns.spend(() => encodeRange(response));
  }

  async #put(message: pb.PutRequest, call: RpcCall) {
    const response = await this.#kv.put(putRequest(message), this.#access.optionsOf(call));
    return putMessage(response, headerMessage(response.header));
  }

  async #deleteRange(message: pb.DeleteRangeRequest, call: RpcCall) {
    const response = await this.#kv.deleteRange(deleteRangeRequest(message), this.#access.optionsOf(call));
    return deleteRangeMessage(response, headerMessage(response.header));
  }

  async #txn(message: pb.TxnRequest, call: RpcCall) {
    const response = await this.#kv.txn(txnRequest(message), this.#access.optionsOf(call));
    return txnMessage(response, headerMessage(response.header));
  }

  async #compact(message: pb.CompactionRequest, call: RpcCall) {
    this.#access.checkAdmin(call);
    const options = this.#access.optionsOf(call);
    const request = { revision: message.revision, physical: message.physical };
    return { header: headerMessage(await this.#kv.compact(request, options)) };
  }
}
