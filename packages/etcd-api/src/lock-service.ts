/** etcd's Lock service: a name is held by one lease at a time. */
import type { AccessCheck } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import { PrefixOrder } from "./prefix-order.ts";
import { type RpcCall, type ServiceHandlers, unary } from "./rpc-call.ts";

const NO_VALUE = Buffer.alloc(0);

/** The handlers of v3lockpb.Lock. */
export class LockService {
  readonly #backend: EtcdBackend;
  readonly #access: AccessCheck;
  readonly #order: PrefixOrder;

  constructor(backend: EtcdBackend, access: AccessCheck) {
    this.#backend = backend;
    this.#access = access;
    this.#order = new PrefixOrder(backend, access);
  }

  handlers(): ServiceHandlers {
    return {
      Lock: unary((message: pb.LockRequest, call) => this.#lock(message, call)),
      Unlock: unary((message: pb.UnlockRequest, call) => this.#unlock(message, call)),
    };
  }

  async #lock(message: pb.LockRequest, call: RpcCall): Promise<Partially<pb.LockResponse>> {
    const { key, header } = await this.#order.enter(message.name, message.lease, NO_VALUE, call);
    return { header: headerMessage(header), key };
  }

  async #unlock(message: pb.UnlockRequest, call: RpcCall): Promise<Partially<pb.UnlockResponse>> {
    const { header } = await this.#backend.kv.deleteRange({ key: message.key }, this.#access.optionsOf(call));
    return { header: headerMessage(header) };
  }
}
