/** The methods of etcd that our client calls, with the codecs of their messages. */
import type { MessageTypes } from "../generated/etcd-types.ts";
import { type MessageCodec, type MessageName, messageCodec } from "../message-codec.ts";

/** One method, as gRPC wants it. */
export interface ClientMethod<Request extends MessageName, Response extends MessageName> {
  /** "/package.Service/Method" */
  readonly path: string;
  readonly request: MessageCodec<Request>;
  readonly response: MessageCodec<Response>;
}

/** The message that a method answers with. */
export type ResponseOf<Method> =
  Method extends ClientMethod<MessageName, infer Response> ? MessageTypes[Response] : never;

function method<Request extends MessageName, Response extends MessageName>(
  path: string,
  request: Request,
  response: Response,
): ClientMethod<Request, Response> {
  return { path, request: messageCodec(request), response: messageCodec(response) };
}

/** By our names. */
export const METHODS = {
  range: method("/etcdserverpb.KV/Range", "etcdserverpb.RangeRequest", "etcdserverpb.RangeResponse"),
  put: method("/etcdserverpb.KV/Put", "etcdserverpb.PutRequest", "etcdserverpb.PutResponse"),
  deleteRange: method(
    "/etcdserverpb.KV/DeleteRange",
    "etcdserverpb.DeleteRangeRequest",
    "etcdserverpb.DeleteRangeResponse",
  ),
  txn: method("/etcdserverpb.KV/Txn", "etcdserverpb.TxnRequest", "etcdserverpb.TxnResponse"),
  compact: method(
    "/etcdserverpb.KV/Compact",
    "etcdserverpb.CompactionRequest",
    "etcdserverpb.CompactionResponse",
  ),
  watch: method("/etcdserverpb.Watch/Watch", "etcdserverpb.WatchRequest", "etcdserverpb.WatchResponse"),
  leaseGrant: method(
    "/etcdserverpb.Lease/LeaseGrant",
    "etcdserverpb.LeaseGrantRequest",
    "etcdserverpb.LeaseGrantResponse",
  ),
  leaseRevoke: method(
    "/etcdserverpb.Lease/LeaseRevoke",
    "etcdserverpb.LeaseRevokeRequest",
    "etcdserverpb.LeaseRevokeResponse",
  ),
  leaseKeepAlive: method(
    "/etcdserverpb.Lease/LeaseKeepAlive",
    "etcdserverpb.LeaseKeepAliveRequest",
    "etcdserverpb.LeaseKeepAliveResponse",
  ),
  leaseTimeToLive: method(
    "/etcdserverpb.Lease/LeaseTimeToLive",
    "etcdserverpb.LeaseTimeToLiveRequest",
    "etcdserverpb.LeaseTimeToLiveResponse",
  ),
  leases: method(
    "/etcdserverpb.Lease/LeaseLeases",
    "etcdserverpb.LeaseLeasesRequest",
    "etcdserverpb.LeaseLeasesResponse",
  ),
  status: method(
    "/etcdserverpb.Maintenance/Status",
    "etcdserverpb.StatusRequest",
    "etcdserverpb.StatusResponse",
  ),
  memberList: method(
    "/etcdserverpb.Cluster/MemberList",
    "etcdserverpb.MemberListRequest",
    "etcdserverpb.MemberListResponse",
  ),
  memberAdd: method(
    "/etcdserverpb.Cluster/MemberAdd",
    "etcdserverpb.MemberAddRequest",
    "etcdserverpb.MemberAddResponse",
  ),
  memberRemove: method(
    "/etcdserverpb.Cluster/MemberRemove",
    "etcdserverpb.MemberRemoveRequest",
    "etcdserverpb.MemberRemoveResponse",
  ),
  memberUpdate: method(
    "/etcdserverpb.Cluster/MemberUpdate",
    "etcdserverpb.MemberUpdateRequest",
    "etcdserverpb.MemberUpdateResponse",
  ),
  memberPromote: method(
    "/etcdserverpb.Cluster/MemberPromote",
    "etcdserverpb.MemberPromoteRequest",
    "etcdserverpb.MemberPromoteResponse",
  ),
  moveLeader: method(
    "/etcdserverpb.Maintenance/MoveLeader",
    "etcdserverpb.MoveLeaderRequest",
    "etcdserverpb.MoveLeaderResponse",
  ),
  snapshot: method(
    "/etcdserverpb.Maintenance/Snapshot",
    "etcdserverpb.SnapshotRequest",
    "etcdserverpb.SnapshotResponse",
  ),
} as const;
