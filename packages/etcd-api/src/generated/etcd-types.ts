/** Made by scripts/etcd-proto/generate.mjs from etcd v3.6.16; not to be edited. */

/** mvccpb.KeyValue */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}

/** mvccpb.Event */
export interface Event {
  readonly type: number;
  readonly kv: KeyValue | undefined;
  readonly prev_kv: KeyValue | undefined;
}

/** authpb.UserAddOptions */
export interface UserAddOptions {
  readonly no_password: boolean;
}

/** authpb.User */
export interface User {
  readonly name: Uint8Array;
  readonly password: Uint8Array;
  readonly roles: readonly string[];
  readonly options: UserAddOptions | undefined;
}

/** authpb.Permission */
export interface Permission {
  readonly permType: number;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}

/** authpb.Role */
export interface Role {
  readonly name: Uint8Array;
  readonly keyPermission: readonly Permission[];
}

/** etcdserverpb.ResponseHeader */
export interface ResponseHeader {
  readonly cluster_id: bigint;
  readonly member_id: bigint;
  readonly revision: number;
  readonly raft_term: number;
}

/** etcdserverpb.RangeRequest */
export interface RangeRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly limit: number;
  readonly revision: number;
  readonly sort_order: number;
  readonly sort_target: number;
  readonly serializable: boolean;
  readonly keys_only: boolean;
  readonly count_only: boolean;
  readonly min_mod_revision: number;
  readonly max_mod_revision: number;
  readonly min_create_revision: number;
  readonly max_create_revision: number;
}

/** etcdserverpb.RangeResponse */
export interface RangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

/** etcdserverpb.PutRequest */
export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly prev_kv: boolean;
  readonly ignore_value: boolean;
  readonly ignore_lease: boolean;
}

/** etcdserverpb.PutResponse */
export interface PutResponse {
  readonly header: ResponseHeader | undefined;
  readonly prev_kv: KeyValue | undefined;
}

/** etcdserverpb.DeleteRangeRequest */
export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly prev_kv: boolean;
}

/** etcdserverpb.DeleteRangeResponse */
export interface DeleteRangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly deleted: number;
  readonly prev_kvs: readonly KeyValue[];
}

/** etcdserverpb.RequestOp */
export interface RequestOp {
  readonly request_range: RangeRequest | undefined;
  readonly request_put: PutRequest | undefined;
  readonly request_delete_range: DeleteRangeRequest | undefined;
  readonly request_txn: TxnRequest | undefined;
}

/** etcdserverpb.ResponseOp */
export interface ResponseOp {
  readonly response_range: RangeResponse | undefined;
  readonly response_put: PutResponse | undefined;
  readonly response_delete_range: DeleteRangeResponse | undefined;
  readonly response_txn: TxnResponse | undefined;
}

/** etcdserverpb.Compare */
export interface Compare {
  readonly result: number;
  readonly target: number;
  readonly key: Uint8Array;
  readonly version: number | undefined;
  readonly create_revision: number | undefined;
  readonly mod_revision: number | undefined;
  readonly value: Uint8Array | undefined;
  readonly lease: bigint | undefined;
  readonly range_end: Uint8Array;
}

/** etcdserverpb.TxnRequest */
export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

/** etcdserverpb.TxnResponse */
export interface TxnResponse {
  readonly header: ResponseHeader | undefined;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

/** etcdserverpb.CompactionRequest */
export interface CompactionRequest {
  readonly revision: number;
  readonly physical: boolean;
}

/** etcdserverpb.CompactionResponse */
export interface CompactionResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.HashRequest */
export interface HashRequest {

}

/** etcdserverpb.HashKVRequest */
export interface HashKVRequest {
  readonly revision: number;
}

/** etcdserverpb.HashKVResponse */
export interface HashKVResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
  readonly compact_revision: number;
  readonly hash_revision: number;
}

/** etcdserverpb.HashResponse */
export interface HashResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
}

/** etcdserverpb.SnapshotRequest */
export interface SnapshotRequest {

}

/** etcdserverpb.SnapshotResponse */
export interface SnapshotResponse {
  readonly header: ResponseHeader | undefined;
  readonly remaining_bytes: number;
  readonly blob: Uint8Array;
  readonly version: string;
}

/** etcdserverpb.WatchRequest */
export interface WatchRequest {
  readonly create_request: WatchCreateRequest | undefined;
  readonly cancel_request: WatchCancelRequest | undefined;
  readonly progress_request: WatchProgressRequest | undefined;
}

/** etcdserverpb.WatchCreateRequest */
export interface WatchCreateRequest {
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
  readonly start_revision: number;
  readonly progress_notify: boolean;
  readonly filters: readonly number[];
  readonly prev_kv: boolean;
  readonly watch_id: number;
  readonly fragment: boolean;
}

/** etcdserverpb.WatchCancelRequest */
export interface WatchCancelRequest {
  readonly watch_id: number;
}

/** etcdserverpb.WatchProgressRequest */
export interface WatchProgressRequest {

}

/** etcdserverpb.WatchResponse */
export interface WatchResponse {
  readonly header: ResponseHeader | undefined;
  readonly watch_id: number;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compact_revision: number;
  readonly cancel_reason: string;
  readonly fragment: boolean;
  readonly events: readonly Event[];
}

/** etcdserverpb.LeaseGrantRequest */
export interface LeaseGrantRequest {
  readonly TTL: number;
  readonly ID: bigint;
}

/** etcdserverpb.LeaseGrantResponse */
export interface LeaseGrantResponse {
  readonly header: ResponseHeader | undefined;
  readonly ID: bigint;
  readonly TTL: number;
  readonly error: string;
}

/** etcdserverpb.LeaseRevokeRequest */
export interface LeaseRevokeRequest {
  readonly ID: bigint;
}

/** etcdserverpb.LeaseRevokeResponse */
export interface LeaseRevokeResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.LeaseCheckpoint */
export interface LeaseCheckpoint {
  readonly ID: bigint;
  readonly remaining_TTL: number;
}

/** etcdserverpb.LeaseCheckpointRequest */
export interface LeaseCheckpointRequest {
  readonly checkpoints: readonly LeaseCheckpoint[];
}

/** etcdserverpb.LeaseCheckpointResponse */
export interface LeaseCheckpointResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.LeaseKeepAliveRequest */
export interface LeaseKeepAliveRequest {
  readonly ID: bigint;
}

/** etcdserverpb.LeaseKeepAliveResponse */
export interface LeaseKeepAliveResponse {
  readonly header: ResponseHeader | undefined;
  readonly ID: bigint;
  readonly TTL: number;
}

/** etcdserverpb.LeaseTimeToLiveRequest */
export interface LeaseTimeToLiveRequest {
  readonly ID: bigint;
  readonly keys: boolean;
}

/** etcdserverpb.LeaseTimeToLiveResponse */
export interface LeaseTimeToLiveResponse {
  readonly header: ResponseHeader | undefined;
  readonly ID: bigint;
  readonly TTL: number;
  readonly grantedTTL: number;
  readonly keys: readonly Uint8Array[];
}

/** etcdserverpb.LeaseLeasesRequest */
export interface LeaseLeasesRequest {

}

/** etcdserverpb.LeaseStatus */
export interface LeaseStatus {
  readonly ID: bigint;
}

/** etcdserverpb.LeaseLeasesResponse */
export interface LeaseLeasesResponse {
  readonly header: ResponseHeader | undefined;
  readonly leases: readonly LeaseStatus[];
}

/** etcdserverpb.Member */
export interface Member {
  readonly ID: bigint;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

/** etcdserverpb.MemberAddRequest */
export interface MemberAddRequest {
  readonly peerURLs: readonly string[];
  readonly isLearner: boolean;
}

/** etcdserverpb.MemberAddResponse */
export interface MemberAddResponse {
  readonly header: ResponseHeader | undefined;
  readonly member: Member | undefined;
  readonly members: readonly Member[];
}

/** etcdserverpb.MemberRemoveRequest */
export interface MemberRemoveRequest {
  readonly ID: bigint;
}

/** etcdserverpb.MemberRemoveResponse */
export interface MemberRemoveResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

/** etcdserverpb.MemberUpdateRequest */
export interface MemberUpdateRequest {
  readonly ID: bigint;
  readonly peerURLs: readonly string[];
}

/** etcdserverpb.MemberUpdateResponse */
export interface MemberUpdateResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

/** etcdserverpb.MemberListRequest */
export interface MemberListRequest {
  readonly linearizable: boolean;
}

/** etcdserverpb.MemberListResponse */
export interface MemberListResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

/** etcdserverpb.MemberPromoteRequest */
export interface MemberPromoteRequest {
  readonly ID: bigint;
}

/** etcdserverpb.MemberPromoteResponse */
export interface MemberPromoteResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}

/** etcdserverpb.DefragmentRequest */
export interface DefragmentRequest {

}

/** etcdserverpb.DefragmentResponse */
export interface DefragmentResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.MoveLeaderRequest */
export interface MoveLeaderRequest {
  readonly targetID: bigint;
}

/** etcdserverpb.MoveLeaderResponse */
export interface MoveLeaderResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AlarmRequest */
export interface AlarmRequest {
  readonly action: number;
  readonly memberID: bigint;
  readonly alarm: number;
}

/** etcdserverpb.AlarmMember */
export interface AlarmMember {
  readonly memberID: bigint;
  readonly alarm: number;
}

/** etcdserverpb.AlarmResponse */
export interface AlarmResponse {
  readonly header: ResponseHeader | undefined;
  readonly alarms: readonly AlarmMember[];
}

/** etcdserverpb.DowngradeRequest */
export interface DowngradeRequest {
  readonly action: number;
  readonly version: string;
}

/** etcdserverpb.DowngradeResponse */
export interface DowngradeResponse {
  readonly header: ResponseHeader | undefined;
  readonly version: string;
}

/** etcdserverpb.DowngradeVersionTestRequest */
export interface DowngradeVersionTestRequest {
  readonly ver: string;
}

/** etcdserverpb.StatusRequest */
export interface StatusRequest {

}

/** etcdserverpb.StatusResponse */
export interface StatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly version: string;
  readonly dbSize: number;
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly errors: readonly string[];
  readonly dbSizeInUse: number;
  readonly isLearner: boolean;
  readonly storageVersion: string;
  readonly dbSizeQuota: number;
  readonly downgradeInfo: DowngradeInfo | undefined;
}

/** etcdserverpb.DowngradeInfo */
export interface DowngradeInfo {
  readonly enabled: boolean;
  readonly targetVersion: string;
}

/** etcdserverpb.AuthEnableRequest */
export interface AuthEnableRequest {

}

/** etcdserverpb.AuthDisableRequest */
export interface AuthDisableRequest {

}

/** etcdserverpb.AuthStatusRequest */
export interface AuthStatusRequest {

}

/** etcdserverpb.AuthenticateRequest */
export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}

/** etcdserverpb.AuthUserAddRequest */
export interface AuthUserAddRequest {
  readonly name: string;
  readonly password: string;
  readonly options: UserAddOptions | undefined;
  readonly hashedPassword: string;
}

/** etcdserverpb.AuthUserGetRequest */
export interface AuthUserGetRequest {
  readonly name: string;
}

/** etcdserverpb.AuthUserDeleteRequest */
export interface AuthUserDeleteRequest {
  readonly name: string;
}

/** etcdserverpb.AuthUserChangePasswordRequest */
export interface AuthUserChangePasswordRequest {
  readonly name: string;
  readonly password: string;
  readonly hashedPassword: string;
}

/** etcdserverpb.AuthUserGrantRoleRequest */
export interface AuthUserGrantRoleRequest {
  readonly user: string;
  readonly role: string;
}

/** etcdserverpb.AuthUserRevokeRoleRequest */
export interface AuthUserRevokeRoleRequest {
  readonly name: string;
  readonly role: string;
}

/** etcdserverpb.AuthRoleAddRequest */
export interface AuthRoleAddRequest {
  readonly name: string;
}

/** etcdserverpb.AuthRoleGetRequest */
export interface AuthRoleGetRequest {
  readonly role: string;
}

/** etcdserverpb.AuthUserListRequest */
export interface AuthUserListRequest {

}

/** etcdserverpb.AuthRoleListRequest */
export interface AuthRoleListRequest {

}

/** etcdserverpb.AuthRoleDeleteRequest */
export interface AuthRoleDeleteRequest {
  readonly role: string;
}

/** etcdserverpb.AuthRoleGrantPermissionRequest */
export interface AuthRoleGrantPermissionRequest {
  readonly name: string;
  readonly perm: Permission | undefined;
}

/** etcdserverpb.AuthRoleRevokePermissionRequest */
export interface AuthRoleRevokePermissionRequest {
  readonly role: string;
  readonly key: Uint8Array;
  readonly range_end: Uint8Array;
}

/** etcdserverpb.AuthEnableResponse */
export interface AuthEnableResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthDisableResponse */
export interface AuthDisableResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthStatusResponse */
export interface AuthStatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly enabled: boolean;
  readonly authRevision: number;
}

/** etcdserverpb.AuthenticateResponse */
export interface AuthenticateResponse {
  readonly header: ResponseHeader | undefined;
  readonly token: string;
}

/** etcdserverpb.AuthUserAddResponse */
export interface AuthUserAddResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthUserGetResponse */
export interface AuthUserGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: readonly string[];
}

/** etcdserverpb.AuthUserDeleteResponse */
export interface AuthUserDeleteResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthUserChangePasswordResponse */
export interface AuthUserChangePasswordResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthUserGrantRoleResponse */
export interface AuthUserGrantRoleResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthUserRevokeRoleResponse */
export interface AuthUserRevokeRoleResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthRoleAddResponse */
export interface AuthRoleAddResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthRoleGetResponse */
export interface AuthRoleGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly perm: readonly Permission[];
}

/** etcdserverpb.AuthRoleListResponse */
export interface AuthRoleListResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: readonly string[];
}

/** etcdserverpb.AuthUserListResponse */
export interface AuthUserListResponse {
  readonly header: ResponseHeader | undefined;
  readonly users: readonly string[];
}

/** etcdserverpb.AuthRoleDeleteResponse */
export interface AuthRoleDeleteResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthRoleGrantPermissionResponse */
export interface AuthRoleGrantPermissionResponse {
  readonly header: ResponseHeader | undefined;
}

/** etcdserverpb.AuthRoleRevokePermissionResponse */
export interface AuthRoleRevokePermissionResponse {
  readonly header: ResponseHeader | undefined;
}

/** leasepb.Lease */
export interface Lease {
  readonly ID: bigint;
  readonly TTL: number;
  readonly RemainingTTL: number;
}

/** leasepb.LeaseInternalRequest */
export interface LeaseInternalRequest {
  readonly LeaseTimeToLiveRequest: LeaseTimeToLiveRequest | undefined;
}

/** leasepb.LeaseInternalResponse */
export interface LeaseInternalResponse {
  readonly LeaseTimeToLiveResponse: LeaseTimeToLiveResponse | undefined;
}

/** v3lockpb.LockRequest */
export interface LockRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
}

/** v3lockpb.LockResponse */
export interface LockResponse {
  readonly header: ResponseHeader | undefined;
  readonly key: Uint8Array;
}

/** v3lockpb.UnlockRequest */
export interface UnlockRequest {
  readonly key: Uint8Array;
}

/** v3lockpb.UnlockResponse */
export interface UnlockResponse {
  readonly header: ResponseHeader | undefined;
}

/** v3electionpb.CampaignRequest */
export interface CampaignRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
  readonly value: Uint8Array;
}

/** v3electionpb.CampaignResponse */
export interface CampaignResponse {
  readonly header: ResponseHeader | undefined;
  readonly leader: LeaderKey | undefined;
}

/** v3electionpb.LeaderKey */
export interface LeaderKey {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly rev: number;
  readonly lease: bigint;
}

/** v3electionpb.LeaderRequest */
export interface LeaderRequest {
  readonly name: Uint8Array;
}

/** v3electionpb.LeaderResponse */
export interface LeaderResponse {
  readonly header: ResponseHeader | undefined;
  readonly kv: KeyValue | undefined;
}

/** v3electionpb.ResignRequest */
export interface ResignRequest {
  readonly leader: LeaderKey | undefined;
}

/** v3electionpb.ResignResponse */
export interface ResignResponse {
  readonly header: ResponseHeader | undefined;
}

/** v3electionpb.ProclaimRequest */
export interface ProclaimRequest {
  readonly leader: LeaderKey | undefined;
  readonly value: Uint8Array;
}

/** v3electionpb.ProclaimResponse */
export interface ProclaimResponse {
  readonly header: ResponseHeader | undefined;
}

/** grpc.health.v1.HealthCheckRequest */
export interface HealthCheckRequest {
  readonly service: string;
}

/** grpc.health.v1.HealthCheckResponse */
export interface HealthCheckResponse {
  readonly status: number;
}

/** Types by the full names of their messages. */
export interface MessageTypes {
  readonly "mvccpb.KeyValue": KeyValue;
  readonly "mvccpb.Event": Event;
  readonly "authpb.UserAddOptions": UserAddOptions;
  readonly "authpb.User": User;
  readonly "authpb.Permission": Permission;
  readonly "authpb.Role": Role;
  readonly "etcdserverpb.ResponseHeader": ResponseHeader;
  readonly "etcdserverpb.RangeRequest": RangeRequest;
  readonly "etcdserverpb.RangeResponse": RangeResponse;
  readonly "etcdserverpb.PutRequest": PutRequest;
  readonly "etcdserverpb.PutResponse": PutResponse;
  readonly "etcdserverpb.DeleteRangeRequest": DeleteRangeRequest;
  readonly "etcdserverpb.DeleteRangeResponse": DeleteRangeResponse;
  readonly "etcdserverpb.RequestOp": RequestOp;
  readonly "etcdserverpb.ResponseOp": ResponseOp;
  readonly "etcdserverpb.Compare": Compare;
  readonly "etcdserverpb.TxnRequest": TxnRequest;
  readonly "etcdserverpb.TxnResponse": TxnResponse;
  readonly "etcdserverpb.CompactionRequest": CompactionRequest;
  readonly "etcdserverpb.CompactionResponse": CompactionResponse;
  readonly "etcdserverpb.HashRequest": HashRequest;
  readonly "etcdserverpb.HashKVRequest": HashKVRequest;
  readonly "etcdserverpb.HashKVResponse": HashKVResponse;
  readonly "etcdserverpb.HashResponse": HashResponse;
  readonly "etcdserverpb.SnapshotRequest": SnapshotRequest;
  readonly "etcdserverpb.SnapshotResponse": SnapshotResponse;
  readonly "etcdserverpb.WatchRequest": WatchRequest;
  readonly "etcdserverpb.WatchCreateRequest": WatchCreateRequest;
  readonly "etcdserverpb.WatchCancelRequest": WatchCancelRequest;
  readonly "etcdserverpb.WatchProgressRequest": WatchProgressRequest;
  readonly "etcdserverpb.WatchResponse": WatchResponse;
  readonly "etcdserverpb.LeaseGrantRequest": LeaseGrantRequest;
  readonly "etcdserverpb.LeaseGrantResponse": LeaseGrantResponse;
  readonly "etcdserverpb.LeaseRevokeRequest": LeaseRevokeRequest;
  readonly "etcdserverpb.LeaseRevokeResponse": LeaseRevokeResponse;
  readonly "etcdserverpb.LeaseCheckpoint": LeaseCheckpoint;
  readonly "etcdserverpb.LeaseCheckpointRequest": LeaseCheckpointRequest;
  readonly "etcdserverpb.LeaseCheckpointResponse": LeaseCheckpointResponse;
  readonly "etcdserverpb.LeaseKeepAliveRequest": LeaseKeepAliveRequest;
  readonly "etcdserverpb.LeaseKeepAliveResponse": LeaseKeepAliveResponse;
  readonly "etcdserverpb.LeaseTimeToLiveRequest": LeaseTimeToLiveRequest;
  readonly "etcdserverpb.LeaseTimeToLiveResponse": LeaseTimeToLiveResponse;
  readonly "etcdserverpb.LeaseLeasesRequest": LeaseLeasesRequest;
  readonly "etcdserverpb.LeaseStatus": LeaseStatus;
  readonly "etcdserverpb.LeaseLeasesResponse": LeaseLeasesResponse;
  readonly "etcdserverpb.Member": Member;
  readonly "etcdserverpb.MemberAddRequest": MemberAddRequest;
  readonly "etcdserverpb.MemberAddResponse": MemberAddResponse;
  readonly "etcdserverpb.MemberRemoveRequest": MemberRemoveRequest;
  readonly "etcdserverpb.MemberRemoveResponse": MemberRemoveResponse;
  readonly "etcdserverpb.MemberUpdateRequest": MemberUpdateRequest;
  readonly "etcdserverpb.MemberUpdateResponse": MemberUpdateResponse;
  readonly "etcdserverpb.MemberListRequest": MemberListRequest;
  readonly "etcdserverpb.MemberListResponse": MemberListResponse;
  readonly "etcdserverpb.MemberPromoteRequest": MemberPromoteRequest;
  readonly "etcdserverpb.MemberPromoteResponse": MemberPromoteResponse;
  readonly "etcdserverpb.DefragmentRequest": DefragmentRequest;
  readonly "etcdserverpb.DefragmentResponse": DefragmentResponse;
  readonly "etcdserverpb.MoveLeaderRequest": MoveLeaderRequest;
  readonly "etcdserverpb.MoveLeaderResponse": MoveLeaderResponse;
  readonly "etcdserverpb.AlarmRequest": AlarmRequest;
  readonly "etcdserverpb.AlarmMember": AlarmMember;
  readonly "etcdserverpb.AlarmResponse": AlarmResponse;
  readonly "etcdserverpb.DowngradeRequest": DowngradeRequest;
  readonly "etcdserverpb.DowngradeResponse": DowngradeResponse;
  readonly "etcdserverpb.DowngradeVersionTestRequest": DowngradeVersionTestRequest;
  readonly "etcdserverpb.StatusRequest": StatusRequest;
  readonly "etcdserverpb.StatusResponse": StatusResponse;
  readonly "etcdserverpb.DowngradeInfo": DowngradeInfo;
  readonly "etcdserverpb.AuthEnableRequest": AuthEnableRequest;
  readonly "etcdserverpb.AuthDisableRequest": AuthDisableRequest;
  readonly "etcdserverpb.AuthStatusRequest": AuthStatusRequest;
  readonly "etcdserverpb.AuthenticateRequest": AuthenticateRequest;
  readonly "etcdserverpb.AuthUserAddRequest": AuthUserAddRequest;
  readonly "etcdserverpb.AuthUserGetRequest": AuthUserGetRequest;
  readonly "etcdserverpb.AuthUserDeleteRequest": AuthUserDeleteRequest;
  readonly "etcdserverpb.AuthUserChangePasswordRequest": AuthUserChangePasswordRequest;
  readonly "etcdserverpb.AuthUserGrantRoleRequest": AuthUserGrantRoleRequest;
  readonly "etcdserverpb.AuthUserRevokeRoleRequest": AuthUserRevokeRoleRequest;
  readonly "etcdserverpb.AuthRoleAddRequest": AuthRoleAddRequest;
  readonly "etcdserverpb.AuthRoleGetRequest": AuthRoleGetRequest;
  readonly "etcdserverpb.AuthUserListRequest": AuthUserListRequest;
  readonly "etcdserverpb.AuthRoleListRequest": AuthRoleListRequest;
  readonly "etcdserverpb.AuthRoleDeleteRequest": AuthRoleDeleteRequest;
  readonly "etcdserverpb.AuthRoleGrantPermissionRequest": AuthRoleGrantPermissionRequest;
  readonly "etcdserverpb.AuthRoleRevokePermissionRequest": AuthRoleRevokePermissionRequest;
  readonly "etcdserverpb.AuthEnableResponse": AuthEnableResponse;
  readonly "etcdserverpb.AuthDisableResponse": AuthDisableResponse;
  readonly "etcdserverpb.AuthStatusResponse": AuthStatusResponse;
  readonly "etcdserverpb.AuthenticateResponse": AuthenticateResponse;
  readonly "etcdserverpb.AuthUserAddResponse": AuthUserAddResponse;
  readonly "etcdserverpb.AuthUserGetResponse": AuthUserGetResponse;
  readonly "etcdserverpb.AuthUserDeleteResponse": AuthUserDeleteResponse;
  readonly "etcdserverpb.AuthUserChangePasswordResponse": AuthUserChangePasswordResponse;
  readonly "etcdserverpb.AuthUserGrantRoleResponse": AuthUserGrantRoleResponse;
  readonly "etcdserverpb.AuthUserRevokeRoleResponse": AuthUserRevokeRoleResponse;
  readonly "etcdserverpb.AuthRoleAddResponse": AuthRoleAddResponse;
  readonly "etcdserverpb.AuthRoleGetResponse": AuthRoleGetResponse;
  readonly "etcdserverpb.AuthRoleListResponse": AuthRoleListResponse;
  readonly "etcdserverpb.AuthUserListResponse": AuthUserListResponse;
  readonly "etcdserverpb.AuthRoleDeleteResponse": AuthRoleDeleteResponse;
  readonly "etcdserverpb.AuthRoleGrantPermissionResponse": AuthRoleGrantPermissionResponse;
  readonly "etcdserverpb.AuthRoleRevokePermissionResponse": AuthRoleRevokePermissionResponse;
  readonly "leasepb.Lease": Lease;
  readonly "leasepb.LeaseInternalRequest": LeaseInternalRequest;
  readonly "leasepb.LeaseInternalResponse": LeaseInternalResponse;
  readonly "v3lockpb.LockRequest": LockRequest;
  readonly "v3lockpb.LockResponse": LockResponse;
  readonly "v3lockpb.UnlockRequest": UnlockRequest;
  readonly "v3lockpb.UnlockResponse": UnlockResponse;
  readonly "v3electionpb.CampaignRequest": CampaignRequest;
  readonly "v3electionpb.CampaignResponse": CampaignResponse;
  readonly "v3electionpb.LeaderKey": LeaderKey;
  readonly "v3electionpb.LeaderRequest": LeaderRequest;
  readonly "v3electionpb.LeaderResponse": LeaderResponse;
  readonly "v3electionpb.ResignRequest": ResignRequest;
  readonly "v3electionpb.ResignResponse": ResignResponse;
  readonly "v3electionpb.ProclaimRequest": ProclaimRequest;
  readonly "v3electionpb.ProclaimResponse": ProclaimResponse;
  readonly "grpc.health.v1.HealthCheckRequest": HealthCheckRequest;
  readonly "grpc.health.v1.HealthCheckResponse": HealthCheckResponse;
}
