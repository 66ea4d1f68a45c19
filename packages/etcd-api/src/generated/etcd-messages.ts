/** Made by scripts/etcd-proto/generate.mjs from etcd v3.6.16; not to be edited. */
/* biome-ignore-all format: generated */

/** A field of a message: its number, scalar type or full name, and whether it is repeated or of a oneof. */
export interface FieldEntry {
  readonly id: number;
  readonly type: string;
  readonly repeated?: boolean;
  readonly oneof?: string;
}

/** A method: its messages, which sides stream, and the gateway's paths. */
export interface MethodEntry {
  readonly request: string;
  readonly response: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
  readonly paths: readonly string[];
}

/** Messages by full name, then fields by name. */
export const MESSAGES: Readonly<Record<string, Readonly<Record<string, FieldEntry>>>> = {
 "mvccpb.KeyValue": {
  "key": { "id": 1, "type": "bytes" },
  "create_revision": { "id": 2, "type": "int64" },
  "mod_revision": { "id": 3, "type": "int64" },
  "version": { "id": 4, "type": "int64" },
  "value": { "id": 5, "type": "bytes" },
  "lease": { "id": 6, "type": "int64" }
 },
 "mvccpb.Event": {
  "type": { "id": 1, "type": "mvccpb.Event.EventType" },
  "kv": { "id": 2, "type": "mvccpb.KeyValue" },
  "prev_kv": { "id": 3, "type": "mvccpb.KeyValue" }
 },
 "authpb.UserAddOptions": {
  "no_password": { "id": 1, "type": "bool" }
 },
 "authpb.User": {
  "name": { "id": 1, "type": "bytes" },
  "password": { "id": 2, "type": "bytes" },
  "roles": { "id": 3, "type": "string", "repeated": true },
  "options": { "id": 4, "type": "authpb.UserAddOptions" }
 },
 "authpb.Permission": {
  "permType": { "id": 1, "type": "authpb.Permission.Type" },
  "key": { "id": 2, "type": "bytes" },
  "range_end": { "id": 3, "type": "bytes" }
 },
 "authpb.Role": {
  "name": { "id": 1, "type": "bytes" },
  "keyPermission": { "id": 2, "type": "authpb.Permission", "repeated": true }
 },
 "etcdserverpb.ResponseHeader": {
  "cluster_id": { "id": 1, "type": "uint64" },
  "member_id": { "id": 2, "type": "uint64" },
  "revision": { "id": 3, "type": "int64" },
  "raft_term": { "id": 4, "type": "uint64" }
 },
 "etcdserverpb.RangeRequest": {
  "key": { "id": 1, "type": "bytes" },
  "range_end": { "id": 2, "type": "bytes" },
  "limit": { "id": 3, "type": "int64" },
  "revision": { "id": 4, "type": "int64" },
  "sort_order": { "id": 5, "type": "etcdserverpb.RangeRequest.SortOrder" },
  "sort_target": { "id": 6, "type": "etcdserverpb.RangeRequest.SortTarget" },
  "serializable": { "id": 7, "type": "bool" },
  "keys_only": { "id": 8, "type": "bool" },
  "count_only": { "id": 9, "type": "bool" },
  "min_mod_revision": { "id": 10, "type": "int64" },
  "max_mod_revision": { "id": 11, "type": "int64" },
  "min_create_revision": { "id": 12, "type": "int64" },
  "max_create_revision": { "id": 13, "type": "int64" }
 },
 "etcdserverpb.RangeResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "kvs": { "id": 2, "type": "mvccpb.KeyValue", "repeated": true },
  "more": { "id": 3, "type": "bool" },
  "count": { "id": 4, "type": "int64" }
 },
 "etcdserverpb.PutRequest": {
  "key": { "id": 1, "type": "bytes" },
  "value": { "id": 2, "type": "bytes" },
  "lease": { "id": 3, "type": "int64" },
  "prev_kv": { "id": 4, "type": "bool" },
  "ignore_value": { "id": 5, "type": "bool" },
  "ignore_lease": { "id": 6, "type": "bool" }
 },
 "etcdserverpb.PutResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "prev_kv": { "id": 2, "type": "mvccpb.KeyValue" }
 },
 "etcdserverpb.DeleteRangeRequest": {
  "key": { "id": 1, "type": "bytes" },
  "range_end": { "id": 2, "type": "bytes" },
  "prev_kv": { "id": 3, "type": "bool" }
 },
 "etcdserverpb.DeleteRangeResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "deleted": { "id": 2, "type": "int64" },
  "prev_kvs": { "id": 3, "type": "mvccpb.KeyValue", "repeated": true }
 },
 "etcdserverpb.RequestOp": {
  "request_range": { "id": 1, "type": "etcdserverpb.RangeRequest", "oneof": "request" },
  "request_put": { "id": 2, "type": "etcdserverpb.PutRequest", "oneof": "request" },
  "request_delete_range": { "id": 3, "type": "etcdserverpb.DeleteRangeRequest", "oneof": "request" },
  "request_txn": { "id": 4, "type": "etcdserverpb.TxnRequest", "oneof": "request" }
 },
 "etcdserverpb.ResponseOp": {
  "response_range": { "id": 1, "type": "etcdserverpb.RangeResponse", "oneof": "response" },
  "response_put": { "id": 2, "type": "etcdserverpb.PutResponse", "oneof": "response" },
  "response_delete_range": { "id": 3, "type": "etcdserverpb.DeleteRangeResponse", "oneof": "response" },
  "response_txn": { "id": 4, "type": "etcdserverpb.TxnResponse", "oneof": "response" }
 },
 "etcdserverpb.Compare": {
  "result": { "id": 1, "type": "etcdserverpb.Compare.CompareResult" },
  "target": { "id": 2, "type": "etcdserverpb.Compare.CompareTarget" },
  "key": { "id": 3, "type": "bytes" },
  "version": { "id": 4, "type": "int64", "oneof": "target_union" },
  "create_revision": { "id": 5, "type": "int64", "oneof": "target_union" },
  "mod_revision": { "id": 6, "type": "int64", "oneof": "target_union" },
  "value": { "id": 7, "type": "bytes", "oneof": "target_union" },
  "lease": { "id": 8, "type": "int64", "oneof": "target_union" },
  "range_end": { "id": 64, "type": "bytes" }
 },
 "etcdserverpb.TxnRequest": {
  "compare": { "id": 1, "type": "etcdserverpb.Compare", "repeated": true },
  "success": { "id": 2, "type": "etcdserverpb.RequestOp", "repeated": true },
  "failure": { "id": 3, "type": "etcdserverpb.RequestOp", "repeated": true }
 },
 "etcdserverpb.TxnResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "succeeded": { "id": 2, "type": "bool" },
  "responses": { "id": 3, "type": "etcdserverpb.ResponseOp", "repeated": true }
 },
 "etcdserverpb.CompactionRequest": {
  "revision": { "id": 1, "type": "int64" },
  "physical": { "id": 2, "type": "bool" }
 },
 "etcdserverpb.CompactionResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.HashRequest": {},
 "etcdserverpb.HashKVRequest": {
  "revision": { "id": 1, "type": "int64" }
 },
 "etcdserverpb.HashKVResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "hash": { "id": 2, "type": "uint32" },
  "compact_revision": { "id": 3, "type": "int64" },
  "hash_revision": { "id": 4, "type": "int64" }
 },
 "etcdserverpb.HashResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "hash": { "id": 2, "type": "uint32" }
 },
 "etcdserverpb.SnapshotRequest": {},
 "etcdserverpb.SnapshotResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "remaining_bytes": { "id": 2, "type": "uint64" },
  "blob": { "id": 3, "type": "bytes" },
  "version": { "id": 4, "type": "string" }
 },
 "etcdserverpb.WatchRequest": {
  "create_request": { "id": 1, "type": "etcdserverpb.WatchCreateRequest", "oneof": "request_union" },
  "cancel_request": { "id": 2, "type": "etcdserverpb.WatchCancelRequest", "oneof": "request_union" },
  "progress_request": { "id": 3, "type": "etcdserverpb.WatchProgressRequest", "oneof": "request_union" }
 },
 "etcdserverpb.WatchCreateRequest": {
  "key": { "id": 1, "type": "bytes" },
  "range_end": { "id": 2, "type": "bytes" },
  "start_revision": { "id": 3, "type": "int64" },
  "progress_notify": { "id": 4, "type": "bool" },
  "filters": { "id": 5, "type": "etcdserverpb.WatchCreateRequest.FilterType", "repeated": true },
  "prev_kv": { "id": 6, "type": "bool" },
  "watch_id": { "id": 7, "type": "int64" },
  "fragment": { "id": 8, "type": "bool" }
 },
 "etcdserverpb.WatchCancelRequest": {
  "watch_id": { "id": 1, "type": "int64" }
 },
 "etcdserverpb.WatchProgressRequest": {},
 "etcdserverpb.WatchResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "watch_id": { "id": 2, "type": "int64" },
  "created": { "id": 3, "type": "bool" },
  "canceled": { "id": 4, "type": "bool" },
  "compact_revision": { "id": 5, "type": "int64" },
  "cancel_reason": { "id": 6, "type": "string" },
  "fragment": { "id": 7, "type": "bool" },
  "events": { "id": 11, "type": "mvccpb.Event", "repeated": true }
 },
 "etcdserverpb.LeaseGrantRequest": {
  "TTL": { "id": 1, "type": "int64" },
  "ID": { "id": 2, "type": "int64" }
 },
 "etcdserverpb.LeaseGrantResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "ID": { "id": 2, "type": "int64" },
  "TTL": { "id": 3, "type": "int64" },
  "error": { "id": 4, "type": "string" }
 },
 "etcdserverpb.LeaseRevokeRequest": {
  "ID": { "id": 1, "type": "int64" }
 },
 "etcdserverpb.LeaseRevokeResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.LeaseCheckpoint": {
  "ID": { "id": 1, "type": "int64" },
  "remaining_TTL": { "id": 2, "type": "int64" }
 },
 "etcdserverpb.LeaseCheckpointRequest": {
  "checkpoints": { "id": 1, "type": "etcdserverpb.LeaseCheckpoint", "repeated": true }
 },
 "etcdserverpb.LeaseCheckpointResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.LeaseKeepAliveRequest": {
  "ID": { "id": 1, "type": "int64" }
 },
 "etcdserverpb.LeaseKeepAliveResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "ID": { "id": 2, "type": "int64" },
  "TTL": { "id": 3, "type": "int64" }
 },
 "etcdserverpb.LeaseTimeToLiveRequest": {
  "ID": { "id": 1, "type": "int64" },
  "keys": { "id": 2, "type": "bool" }
 },
 "etcdserverpb.LeaseTimeToLiveResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "ID": { "id": 2, "type": "int64" },
  "TTL": { "id": 3, "type": "int64" },
  "grantedTTL": { "id": 4, "type": "int64" },
  "keys": { "id": 5, "type": "bytes", "repeated": true }
 },
 "etcdserverpb.LeaseLeasesRequest": {},
 "etcdserverpb.LeaseStatus": {
  "ID": { "id": 1, "type": "int64" }
 },
 "etcdserverpb.LeaseLeasesResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "leases": { "id": 2, "type": "etcdserverpb.LeaseStatus", "repeated": true }
 },
 "etcdserverpb.Member": {
  "ID": { "id": 1, "type": "uint64" },
  "name": { "id": 2, "type": "string" },
  "peerURLs": { "id": 3, "type": "string", "repeated": true },
  "clientURLs": { "id": 4, "type": "string", "repeated": true },
  "isLearner": { "id": 5, "type": "bool" }
 },
 "etcdserverpb.MemberAddRequest": {
  "peerURLs": { "id": 1, "type": "string", "repeated": true },
  "isLearner": { "id": 2, "type": "bool" }
 },
 "etcdserverpb.MemberAddResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "member": { "id": 2, "type": "etcdserverpb.Member" },
  "members": { "id": 3, "type": "etcdserverpb.Member", "repeated": true }
 },
 "etcdserverpb.MemberRemoveRequest": {
  "ID": { "id": 1, "type": "uint64" }
 },
 "etcdserverpb.MemberRemoveResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "members": { "id": 2, "type": "etcdserverpb.Member", "repeated": true }
 },
 "etcdserverpb.MemberUpdateRequest": {
  "ID": { "id": 1, "type": "uint64" },
  "peerURLs": { "id": 2, "type": "string", "repeated": true }
 },
 "etcdserverpb.MemberUpdateResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "members": { "id": 2, "type": "etcdserverpb.Member", "repeated": true }
 },
 "etcdserverpb.MemberListRequest": {
  "linearizable": { "id": 1, "type": "bool" }
 },
 "etcdserverpb.MemberListResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "members": { "id": 2, "type": "etcdserverpb.Member", "repeated": true }
 },
 "etcdserverpb.MemberPromoteRequest": {
  "ID": { "id": 1, "type": "uint64" }
 },
 "etcdserverpb.MemberPromoteResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "members": { "id": 2, "type": "etcdserverpb.Member", "repeated": true }
 },
 "etcdserverpb.DefragmentRequest": {},
 "etcdserverpb.DefragmentResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.MoveLeaderRequest": {
  "targetID": { "id": 1, "type": "uint64" }
 },
 "etcdserverpb.MoveLeaderResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AlarmRequest": {
  "action": { "id": 1, "type": "etcdserverpb.AlarmRequest.AlarmAction" },
  "memberID": { "id": 2, "type": "uint64" },
  "alarm": { "id": 3, "type": "etcdserverpb.AlarmType" }
 },
 "etcdserverpb.AlarmMember": {
  "memberID": { "id": 1, "type": "uint64" },
  "alarm": { "id": 2, "type": "etcdserverpb.AlarmType" }
 },
 "etcdserverpb.AlarmResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "alarms": { "id": 2, "type": "etcdserverpb.AlarmMember", "repeated": true }
 },
 "etcdserverpb.DowngradeRequest": {
  "action": { "id": 1, "type": "etcdserverpb.DowngradeRequest.DowngradeAction" },
  "version": { "id": 2, "type": "string" }
 },
 "etcdserverpb.DowngradeResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "version": { "id": 2, "type": "string" }
 },
 "etcdserverpb.DowngradeVersionTestRequest": {
  "ver": { "id": 1, "type": "string" }
 },
 "etcdserverpb.StatusRequest": {},
 "etcdserverpb.StatusResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "version": { "id": 2, "type": "string" },
  "dbSize": { "id": 3, "type": "int64" },
  "leader": { "id": 4, "type": "uint64" },
  "raftIndex": { "id": 5, "type": "uint64" },
  "raftTerm": { "id": 6, "type": "uint64" },
  "raftAppliedIndex": { "id": 7, "type": "uint64" },
  "errors": { "id": 8, "type": "string", "repeated": true },
  "dbSizeInUse": { "id": 9, "type": "int64" },
  "isLearner": { "id": 10, "type": "bool" },
  "storageVersion": { "id": 11, "type": "string" },
  "dbSizeQuota": { "id": 12, "type": "int64" },
  "downgradeInfo": { "id": 13, "type": "etcdserverpb.DowngradeInfo" }
 },
 "etcdserverpb.DowngradeInfo": {
  "enabled": { "id": 1, "type": "bool" },
  "targetVersion": { "id": 2, "type": "string" }
 },
 "etcdserverpb.AuthEnableRequest": {},
 "etcdserverpb.AuthDisableRequest": {},
 "etcdserverpb.AuthStatusRequest": {},
 "etcdserverpb.AuthenticateRequest": {
  "name": { "id": 1, "type": "string" },
  "password": { "id": 2, "type": "string" }
 },
 "etcdserverpb.AuthUserAddRequest": {
  "name": { "id": 1, "type": "string" },
  "password": { "id": 2, "type": "string" },
  "options": { "id": 3, "type": "authpb.UserAddOptions" },
  "hashedPassword": { "id": 4, "type": "string" }
 },
 "etcdserverpb.AuthUserGetRequest": {
  "name": { "id": 1, "type": "string" }
 },
 "etcdserverpb.AuthUserDeleteRequest": {
  "name": { "id": 1, "type": "string" }
 },
 "etcdserverpb.AuthUserChangePasswordRequest": {
  "name": { "id": 1, "type": "string" },
  "password": { "id": 2, "type": "string" },
  "hashedPassword": { "id": 3, "type": "string" }
 },
 "etcdserverpb.AuthUserGrantRoleRequest": {
  "user": { "id": 1, "type": "string" },
  "role": { "id": 2, "type": "string" }
 },
 "etcdserverpb.AuthUserRevokeRoleRequest": {
  "name": { "id": 1, "type": "string" },
  "role": { "id": 2, "type": "string" }
 },
 "etcdserverpb.AuthRoleAddRequest": {
  "name": { "id": 1, "type": "string" }
 },
 "etcdserverpb.AuthRoleGetRequest": {
  "role": { "id": 1, "type": "string" }
 },
 "etcdserverpb.AuthUserListRequest": {},
 "etcdserverpb.AuthRoleListRequest": {},
 "etcdserverpb.AuthRoleDeleteRequest": {
  "role": { "id": 1, "type": "string" }
 },
 "etcdserverpb.AuthRoleGrantPermissionRequest": {
  "name": { "id": 1, "type": "string" },
  "perm": { "id": 2, "type": "authpb.Permission" }
 },
 "etcdserverpb.AuthRoleRevokePermissionRequest": {
  "role": { "id": 1, "type": "string" },
  "key": { "id": 2, "type": "bytes" },
  "range_end": { "id": 3, "type": "bytes" }
 },
 "etcdserverpb.AuthEnableResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthDisableResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthStatusResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "enabled": { "id": 2, "type": "bool" },
  "authRevision": { "id": 3, "type": "uint64" }
 },
 "etcdserverpb.AuthenticateResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "token": { "id": 2, "type": "string" }
 },
 "etcdserverpb.AuthUserAddResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthUserGetResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "roles": { "id": 2, "type": "string", "repeated": true }
 },
 "etcdserverpb.AuthUserDeleteResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthUserChangePasswordResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthUserGrantRoleResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthUserRevokeRoleResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthRoleAddResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthRoleGetResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "perm": { "id": 2, "type": "authpb.Permission", "repeated": true }
 },
 "etcdserverpb.AuthRoleListResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "roles": { "id": 2, "type": "string", "repeated": true }
 },
 "etcdserverpb.AuthUserListResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "users": { "id": 2, "type": "string", "repeated": true }
 },
 "etcdserverpb.AuthRoleDeleteResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthRoleGrantPermissionResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "etcdserverpb.AuthRoleRevokePermissionResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "leasepb.Lease": {
  "ID": { "id": 1, "type": "int64" },
  "TTL": { "id": 2, "type": "int64" },
  "RemainingTTL": { "id": 3, "type": "int64" }
 },
 "leasepb.LeaseInternalRequest": {
  "LeaseTimeToLiveRequest": { "id": 1, "type": "etcdserverpb.LeaseTimeToLiveRequest" }
 },
 "leasepb.LeaseInternalResponse": {
  "LeaseTimeToLiveResponse": { "id": 1, "type": "etcdserverpb.LeaseTimeToLiveResponse" }
 },
 "v3lockpb.LockRequest": {
  "name": { "id": 1, "type": "bytes" },
  "lease": { "id": 2, "type": "int64" }
 },
 "v3lockpb.LockResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "key": { "id": 2, "type": "bytes" }
 },
 "v3lockpb.UnlockRequest": {
  "key": { "id": 1, "type": "bytes" }
 },
 "v3lockpb.UnlockResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "v3electionpb.CampaignRequest": {
  "name": { "id": 1, "type": "bytes" },
  "lease": { "id": 2, "type": "int64" },
  "value": { "id": 3, "type": "bytes" }
 },
 "v3electionpb.CampaignResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "leader": { "id": 2, "type": "v3electionpb.LeaderKey" }
 },
 "v3electionpb.LeaderKey": {
  "name": { "id": 1, "type": "bytes" },
  "key": { "id": 2, "type": "bytes" },
  "rev": { "id": 3, "type": "int64" },
  "lease": { "id": 4, "type": "int64" }
 },
 "v3electionpb.LeaderRequest": {
  "name": { "id": 1, "type": "bytes" }
 },
 "v3electionpb.LeaderResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" },
  "kv": { "id": 2, "type": "mvccpb.KeyValue" }
 },
 "v3electionpb.ResignRequest": {
  "leader": { "id": 1, "type": "v3electionpb.LeaderKey" }
 },
 "v3electionpb.ResignResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "v3electionpb.ProclaimRequest": {
  "leader": { "id": 1, "type": "v3electionpb.LeaderKey" },
  "value": { "id": 2, "type": "bytes" }
 },
 "v3electionpb.ProclaimResponse": {
  "header": { "id": 1, "type": "etcdserverpb.ResponseHeader" }
 },
 "grpc.health.v1.HealthCheckRequest": {
  "service": { "id": 1, "type": "string" }
 },
 "grpc.health.v1.HealthCheckResponse": {
  "status": { "id": 1, "type": "grpc.health.v1.HealthCheckResponse.ServingStatus" }
 }
};

/** Enums by full name, then numbers by name. */
export const ENUMS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
 "mvccpb.Event.EventType": {
  "PUT": 0,
  "DELETE": 1
 },
 "authpb.Permission.Type": {
  "READ": 0,
  "WRITE": 1,
  "READWRITE": 2
 },
 "etcdserverpb.RangeRequest.SortOrder": {
  "NONE": 0,
  "ASCEND": 1,
  "DESCEND": 2
 },
 "etcdserverpb.RangeRequest.SortTarget": {
  "KEY": 0,
  "VERSION": 1,
  "CREATE": 2,
  "MOD": 3,
  "VALUE": 4
 },
 "etcdserverpb.Compare.CompareResult": {
  "EQUAL": 0,
  "GREATER": 1,
  "LESS": 2,
  "NOT_EQUAL": 3
 },
 "etcdserverpb.Compare.CompareTarget": {
  "VERSION": 0,
  "CREATE": 1,
  "MOD": 2,
  "VALUE": 3,
  "LEASE": 4
 },
 "etcdserverpb.WatchCreateRequest.FilterType": {
  "NOPUT": 0,
  "NODELETE": 1
 },
 "etcdserverpb.AlarmType": {
  "NONE": 0,
  "NOSPACE": 1,
  "CORRUPT": 2
 },
 "etcdserverpb.AlarmRequest.AlarmAction": {
  "GET": 0,
  "ACTIVATE": 1,
  "DEACTIVATE": 2
 },
 "etcdserverpb.DowngradeRequest.DowngradeAction": {
  "VALIDATE": 0,
  "ENABLE": 1,
  "CANCEL": 2
 },
 "grpc.health.v1.HealthCheckResponse.ServingStatus": {
  "UNKNOWN": 0,
  "SERVING": 1,
  "NOT_SERVING": 2,
  "SERVICE_UNKNOWN": 3
 }
};

/** Services by full name, then methods by name. */
export const SERVICES: Readonly<Record<string, Readonly<Record<string, MethodEntry>>>> = {
 "etcdserverpb.KV": {
  "Range": {
   "request": "etcdserverpb.RangeRequest",
   "response": "etcdserverpb.RangeResponse",
   "paths": [
    "/v3/kv/range"
   ]
  },
  "Put": {
   "request": "etcdserverpb.PutRequest",
   "response": "etcdserverpb.PutResponse",
   "paths": [
    "/v3/kv/put"
   ]
  },
  "DeleteRange": {
   "request": "etcdserverpb.DeleteRangeRequest",
   "response": "etcdserverpb.DeleteRangeResponse",
   "paths": [
    "/v3/kv/deleterange"
   ]
  },
  "Txn": {
   "request": "etcdserverpb.TxnRequest",
   "response": "etcdserverpb.TxnResponse",
   "paths": [
    "/v3/kv/txn"
   ]
  },
  "Compact": {
   "request": "etcdserverpb.CompactionRequest",
   "response": "etcdserverpb.CompactionResponse",
   "paths": [
    "/v3/kv/compaction"
   ]
  }
 },
 "etcdserverpb.Watch": {
  "Watch": {
   "request": "etcdserverpb.WatchRequest",
   "response": "etcdserverpb.WatchResponse",
   "requestStream": true,
   "responseStream": true,
   "paths": [
    "/v3/watch"
   ]
  }
 },
 "etcdserverpb.Lease": {
  "LeaseGrant": {
   "request": "etcdserverpb.LeaseGrantRequest",
   "response": "etcdserverpb.LeaseGrantResponse",
   "paths": [
    "/v3/lease/grant"
   ]
  },
  "LeaseRevoke": {
   "request": "etcdserverpb.LeaseRevokeRequest",
   "response": "etcdserverpb.LeaseRevokeResponse",
   "paths": [
    "/v3/lease/revoke",
    "/v3/kv/lease/revoke"
   ]
  },
  "LeaseKeepAlive": {
   "request": "etcdserverpb.LeaseKeepAliveRequest",
   "response": "etcdserverpb.LeaseKeepAliveResponse",
   "requestStream": true,
   "responseStream": true,
   "paths": [
    "/v3/lease/keepalive"
   ]
  },
  "LeaseTimeToLive": {
   "request": "etcdserverpb.LeaseTimeToLiveRequest",
   "response": "etcdserverpb.LeaseTimeToLiveResponse",
   "paths": [
    "/v3/lease/timetolive",
    "/v3/kv/lease/timetolive"
   ]
  },
  "LeaseLeases": {
   "request": "etcdserverpb.LeaseLeasesRequest",
   "response": "etcdserverpb.LeaseLeasesResponse",
   "paths": [
    "/v3/lease/leases",
    "/v3/kv/lease/leases"
   ]
  }
 },
 "etcdserverpb.Cluster": {
  "MemberAdd": {
   "request": "etcdserverpb.MemberAddRequest",
   "response": "etcdserverpb.MemberAddResponse",
   "paths": [
    "/v3/cluster/member/add"
   ]
  },
  "MemberRemove": {
   "request": "etcdserverpb.MemberRemoveRequest",
   "response": "etcdserverpb.MemberRemoveResponse",
   "paths": [
    "/v3/cluster/member/remove"
   ]
  },
  "MemberUpdate": {
   "request": "etcdserverpb.MemberUpdateRequest",
   "response": "etcdserverpb.MemberUpdateResponse",
   "paths": [
    "/v3/cluster/member/update"
   ]
  },
  "MemberList": {
   "request": "etcdserverpb.MemberListRequest",
   "response": "etcdserverpb.MemberListResponse",
   "paths": [
    "/v3/cluster/member/list"
   ]
  },
  "MemberPromote": {
   "request": "etcdserverpb.MemberPromoteRequest",
   "response": "etcdserverpb.MemberPromoteResponse",
   "paths": [
    "/v3/cluster/member/promote"
   ]
  }
 },
 "etcdserverpb.Maintenance": {
  "Alarm": {
   "request": "etcdserverpb.AlarmRequest",
   "response": "etcdserverpb.AlarmResponse",
   "paths": [
    "/v3/maintenance/alarm"
   ]
  },
  "Status": {
   "request": "etcdserverpb.StatusRequest",
   "response": "etcdserverpb.StatusResponse",
   "paths": [
    "/v3/maintenance/status"
   ]
  },
  "Defragment": {
   "request": "etcdserverpb.DefragmentRequest",
   "response": "etcdserverpb.DefragmentResponse",
   "paths": [
    "/v3/maintenance/defragment"
   ]
  },
  "Hash": {
   "request": "etcdserverpb.HashRequest",
   "response": "etcdserverpb.HashResponse",
   "paths": [
    "/v3/maintenance/hash"
   ]
  },
  "HashKV": {
   "request": "etcdserverpb.HashKVRequest",
   "response": "etcdserverpb.HashKVResponse",
   "paths": [
    "/v3/maintenance/hashkv"
   ]
  },
  "Snapshot": {
   "request": "etcdserverpb.SnapshotRequest",
   "response": "etcdserverpb.SnapshotResponse",
   "responseStream": true,
   "paths": [
    "/v3/maintenance/snapshot"
   ]
  },
  "MoveLeader": {
   "request": "etcdserverpb.MoveLeaderRequest",
   "response": "etcdserverpb.MoveLeaderResponse",
   "paths": [
    "/v3/maintenance/transfer-leadership"
   ]
  },
  "Downgrade": {
   "request": "etcdserverpb.DowngradeRequest",
   "response": "etcdserverpb.DowngradeResponse",
   "paths": [
    "/v3/maintenance/downgrade"
   ]
  }
 },
 "etcdserverpb.Auth": {
  "AuthEnable": {
   "request": "etcdserverpb.AuthEnableRequest",
   "response": "etcdserverpb.AuthEnableResponse",
   "paths": [
    "/v3/auth/enable"
   ]
  },
  "AuthDisable": {
   "request": "etcdserverpb.AuthDisableRequest",
   "response": "etcdserverpb.AuthDisableResponse",
   "paths": [
    "/v3/auth/disable"
   ]
  },
  "AuthStatus": {
   "request": "etcdserverpb.AuthStatusRequest",
   "response": "etcdserverpb.AuthStatusResponse",
   "paths": [
    "/v3/auth/status"
   ]
  },
  "Authenticate": {
   "request": "etcdserverpb.AuthenticateRequest",
   "response": "etcdserverpb.AuthenticateResponse",
   "paths": [
    "/v3/auth/authenticate"
   ]
  },
  "UserAdd": {
   "request": "etcdserverpb.AuthUserAddRequest",
   "response": "etcdserverpb.AuthUserAddResponse",
   "paths": [
    "/v3/auth/user/add"
   ]
  },
  "UserGet": {
   "request": "etcdserverpb.AuthUserGetRequest",
   "response": "etcdserverpb.AuthUserGetResponse",
   "paths": [
    "/v3/auth/user/get"
   ]
  },
  "UserList": {
   "request": "etcdserverpb.AuthUserListRequest",
   "response": "etcdserverpb.AuthUserListResponse",
   "paths": [
    "/v3/auth/user/list"
   ]
  },
  "UserDelete": {
   "request": "etcdserverpb.AuthUserDeleteRequest",
   "response": "etcdserverpb.AuthUserDeleteResponse",
   "paths": [
    "/v3/auth/user/delete"
   ]
  },
  "UserChangePassword": {
   "request": "etcdserverpb.AuthUserChangePasswordRequest",
   "response": "etcdserverpb.AuthUserChangePasswordResponse",
   "paths": [
    "/v3/auth/user/changepw"
   ]
  },
  "UserGrantRole": {
   "request": "etcdserverpb.AuthUserGrantRoleRequest",
   "response": "etcdserverpb.AuthUserGrantRoleResponse",
   "paths": [
    "/v3/auth/user/grant"
   ]
  },
  "UserRevokeRole": {
   "request": "etcdserverpb.AuthUserRevokeRoleRequest",
   "response": "etcdserverpb.AuthUserRevokeRoleResponse",
   "paths": [
    "/v3/auth/user/revoke"
   ]
  },
  "RoleAdd": {
   "request": "etcdserverpb.AuthRoleAddRequest",
   "response": "etcdserverpb.AuthRoleAddResponse",
   "paths": [
    "/v3/auth/role/add"
   ]
  },
  "RoleGet": {
   "request": "etcdserverpb.AuthRoleGetRequest",
   "response": "etcdserverpb.AuthRoleGetResponse",
   "paths": [
    "/v3/auth/role/get"
   ]
  },
  "RoleList": {
   "request": "etcdserverpb.AuthRoleListRequest",
   "response": "etcdserverpb.AuthRoleListResponse",
   "paths": [
    "/v3/auth/role/list"
   ]
  },
  "RoleDelete": {
   "request": "etcdserverpb.AuthRoleDeleteRequest",
   "response": "etcdserverpb.AuthRoleDeleteResponse",
   "paths": [
    "/v3/auth/role/delete"
   ]
  },
  "RoleGrantPermission": {
   "request": "etcdserverpb.AuthRoleGrantPermissionRequest",
   "response": "etcdserverpb.AuthRoleGrantPermissionResponse",
   "paths": [
    "/v3/auth/role/grant"
   ]
  },
  "RoleRevokePermission": {
   "request": "etcdserverpb.AuthRoleRevokePermissionRequest",
   "response": "etcdserverpb.AuthRoleRevokePermissionResponse",
   "paths": [
    "/v3/auth/role/revoke"
   ]
  }
 },
 "v3lockpb.Lock": {
  "Lock": {
   "request": "v3lockpb.LockRequest",
   "response": "v3lockpb.LockResponse",
   "paths": [
    "/v3/lock/lock"
   ]
  },
  "Unlock": {
   "request": "v3lockpb.UnlockRequest",
   "response": "v3lockpb.UnlockResponse",
   "paths": [
    "/v3/lock/unlock"
   ]
  }
 },
 "v3electionpb.Election": {
  "Campaign": {
   "request": "v3electionpb.CampaignRequest",
   "response": "v3electionpb.CampaignResponse",
   "paths": [
    "/v3/election/campaign"
   ]
  },
  "Proclaim": {
   "request": "v3electionpb.ProclaimRequest",
   "response": "v3electionpb.ProclaimResponse",
   "paths": [
    "/v3/election/proclaim"
   ]
  },
  "Leader": {
   "request": "v3electionpb.LeaderRequest",
   "response": "v3electionpb.LeaderResponse",
   "paths": [
    "/v3/election/leader"
   ]
  },
  "Observe": {
   "request": "v3electionpb.LeaderRequest",
   "response": "v3electionpb.LeaderResponse",
   "responseStream": true,
   "paths": [
    "/v3/election/observe"
   ]
  },
  "Resign": {
   "request": "v3electionpb.ResignRequest",
   "response": "v3electionpb.ResignResponse",
   "paths": [
    "/v3/election/resign"
   ]
  }
 },
 "grpc.health.v1.Health": {
  "Check": {
   "request": "grpc.health.v1.HealthCheckRequest",
   "response": "grpc.health.v1.HealthCheckResponse",
   "paths": []
  },
  "Watch": {
   "request": "grpc.health.v1.HealthCheckRequest",
   "response": "grpc.health.v1.HealthCheckResponse",
   "responseStream": true,
   "paths": []
  }
 }
};
