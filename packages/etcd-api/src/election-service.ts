/** etcd's Election service: of all who campaign for a name, who came first leads until its key goes. */
import type { AccessCheck } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage, kvMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import { endOf, PrefixOrder } from "./prefix-order.ts";
import {
  type MessageStream,
  onlyRequest,
  type RpcCall,
  type ServiceHandlers,
  streaming,
  unary,
} from "./rpc-call.ts";
import { GRPC, RpcError } from "./rpc-error.ts";

/** The handlers of v3electionpb.Election. */
export class ElectionService {
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
      Campaign: unary((message: pb.CampaignRequest, call) => this.#campaign(message, call)),
      Proclaim: unary((message: pb.ProclaimRequest, call) => this.#proclaim(message, call)),
      Leader: unary((message: pb.LeaderRequest, call) => this.#leader(message, call)),
      Resign: unary((message: pb.ResignRequest, call) => this.#resign(message, call)),
      Observe: streaming((stream: MessageStream<pb.LeaderRequest, Partially<pb.LeaderResponse>>, call) =>
        this.#observe(stream, call),
      ),
    };
  }

  async #campaign(message: pb.CampaignRequest, call: RpcCall): Promise<Partially<pb.CampaignResponse>> {
    const { name } = message;
    const {
      key,
      lease,
      createRevision: rev,
      header,
    } = await this.#order.enter(name, message.lease, message.value, call);
    return { header: headerMessage(header), leader: { name, key, rev, lease } };
  }

  async #proclaim(message: pb.ProclaimRequest, call: RpcCall): Promise<Partially<pb.ProclaimResponse>> {
    const { key, rev, lease } = leaderOf(message.leader);
    const { succeeded, header } = await this.#backend.kv.txn(
      {
        compare: [{ key, target: "create", createRevision: rev, result: "equal" }],
        success: [{ op: "put", request: { key, value: message.value, lease } }],
        failure: [],
      },
      this.#access.optionsOf(call),
    );
    if (!succeeded) throw new RpcError(GRPC.UNKNOWN, "election: not leader");
    return { header: headerMessage(header) };
  }

  async #leader(message: pb.LeaderRequest, call: RpcCall): Promise<Partially<pb.LeaderResponse>> {
    const { kv, header } = await this.#order.first(message.name, call);
    if (!kv) throw new RpcError(GRPC.UNKNOWN, "election: no leader");
    return { header: headerMessage(header), kv: kvMessage(kv) };
  }

  async #resign(message: pb.ResignRequest, call: RpcCall): Promise<Partially<pb.ResignResponse>> {
    const { key, rev } = leaderOf(message.leader);
    const { header } = await this.#backend.kv.txn(
      {
        compare: [{ key, target: "create", createRevision: rev, result: "equal" }],
        success: [{ op: "delete-range", request: { key } }],
        failure: [],
      },
      this.#access.optionsOf(call),
    );
    return { header: headerMessage(header) };
  }

  /** Sends the leader's key at each change of leader or value. */
  async #observe(
    stream: MessageStream<pb.LeaderRequest, Partially<pb.LeaderResponse>>,
    call: RpcCall,
  ): Promise<void> {
    const { name } = await onlyRequest(stream);
    const prefix = Buffer.concat([name, Buffer.from("/")]);
    let sent = 0;
    while (!call.signal.aborted) {
      const { kv, header } = await this.#order.first(name, call);
      if (kv && kv.modRevision !== sent) {
        sent = kv.modRevision;
        if (!stream.send({ header: headerMessage(header), kv: kvMessage(kv) })) await stream.drained();
      }
      await this.#order.changed(prefix, endOf(prefix), header.revision + 1, call);
    }
  }
}

function leaderOf(leader: pb.LeaderKey | undefined): pb.LeaderKey {
  if (!leader) throw new RpcError(GRPC.UNKNOWN, '"leader" field must be provided');
  return leader;
}
