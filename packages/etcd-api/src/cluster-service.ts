/** etcd's Cluster service over the Membership port. */
import type { MemberStatus } from "@quorate/mvcc";
import { type AccessCheck, timeoutOf } from "./access-check.ts";
import type { EtcdBackend } from "./etcd-backend.ts";
import type * as pb from "./generated/etcd-types.ts";
import { headerMessage } from "./kv-messages.ts";
import type { Partially } from "./message-codec.ts";
import { type RpcCall, type ServiceHandlers, unary } from "./rpc-call.ts";
import { rpcError } from "./rpc-error.ts";

/** The handlers of etcdserverpb.Cluster. */
export class ClusterService {
  readonly #backend: EtcdBackend;
  readonly #access: AccessCheck;

  constructor(backend: EtcdBackend, access: AccessCheck) {
    this.#backend = backend;
    this.#access = access;
  }

  handlers(): ServiceHandlers {
    return {
      MemberAdd: unary((message: pb.MemberAddRequest, call) => this.#add(message, call)),
      MemberRemove: unary((message: pb.MemberRemoveRequest, call) => this.#remove(message, call)),
      MemberUpdate: unary((message: pb.MemberUpdateRequest, call) => this.#update(message, call)),
      MemberList: unary((message: pb.MemberListRequest, call) => this.#list(message, call)),
      MemberPromote: unary((message: pb.MemberPromoteRequest, call) => this.#promote(message, call)),
    };
  }

  async #add(message: pb.MemberAddRequest, call: RpcCall): Promise<Partially<pb.MemberAddResponse>> {
    this.#access.checkAdmin(call);
    const peerUrls = checkUrls(message.peerURLs);
    const { membership } = this.#backend;
    const member = await membership.add({ peerUrls, isLearner: message.isLearner }, timeoutOf(call));
    return { header: this.#header(), member: memberMessage(member), members: await this.#members() };
  }

  async #remove(message: pb.MemberRemoveRequest, call: RpcCall): Promise<Partially<pb.MemberRemoveResponse>> {
    this.#access.checkAdmin(call);
    await this.#backend.membership.remove(message.ID, timeoutOf(call));
    return { header: this.#header(), members: await this.#members() };
  }

  async #update(message: pb.MemberUpdateRequest, call: RpcCall): Promise<Partially<pb.MemberUpdateResponse>> {
    this.#access.checkAdmin(call);
    await this.#backend.membership.update(message.ID, checkUrls(message.peerURLs), timeoutOf(call));
    return { header: this.#header(), members: await this.#members() };
  }

  async #list(message: pb.MemberListRequest, call: RpcCall): Promise<Partially<pb.MemberListResponse>> {
    this.#access.checkKnown(call);
    const members = await this.#backend.membership.list(message.linearizable, timeoutOf(call));
    return { header: this.#header(), members: members.map(memberMessage) };
  }

  async #promote(
    message: pb.MemberPromoteRequest,
    call: RpcCall,
  ): Promise<Partially<pb.MemberPromoteResponse>> {
    this.#access.checkAdmin(call);
    await this.#backend.membership.promote(message.ID, timeoutOf(call));
    return { header: this.#header(), members: await this.#members() };
  }

  async #members(): Promise<Partially<pb.Member>[]> {
    return (await this.#backend.membership.list(false)).map(memberMessage);
  }

  #header(): Partially<pb.ResponseHeader> {
    // Compat: etcd's Cluster service leaves the revision out.
    return { ...headerMessage(this.#backend.store().header()), revision: 0 };
  }
}

function memberMessage(member: MemberStatus): Partially<pb.Member> {
  return {
    ID: member.id,
    name: member.name,
    peerURLs: member.peerUrls,
    clientURLs: member.clientUrls,
    isLearner: member.isLearner,
  };
}

function checkUrls(urls: readonly string[]): readonly string[] {
  if (urls.length === 0) throw rpcError("BAD_MEMBER_URLS");
  for (const url of urls) {
    const parsed = URL.parse(url);
    const isGood = parsed && /^(https?|unixs?):$/.test(parsed.protocol) && parsed.host !== "";
    if (!isGood || (parsed.pathname !== "/" && parsed.pathname !== "")) throw rpcError("BAD_MEMBER_URLS");
  }
  return urls;
}
