/** Between the messages of etcd's KV service and the requests and responses of the Kv port. */
import type {
  Change,
  Compare,
  CompareResult,
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseHeader,
  ResponseOp,
  SortOrder,
  SortTarget,
  TxnRequest,
  TxnResponse,
} from "@quorate/mvcc";
import type * as pb from "./generated/etcd-types.ts";
import type { Partially } from "./message-codec.ts";
import { rpcError } from "./rpc-error.ts";

const SORT_ORDERS: readonly SortOrder[] = ["none", "ascend", "descend"];
const SORT_TARGETS: readonly SortTarget[] = ["key", "version", "create", "mod", "value"];
const COMPARE_RESULTS: readonly CompareResult[] = ["equal", "greater", "less", "not-equal"];
/** etcd's enums, as numbers. */
const TARGET = { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } as const;
const EVENT = { put: 0, delete: 1 } as const;

const NO_BYTES = Buffer.alloc(0);

function rangeEndOf(end: Uint8Array): { rangeEnd?: Uint8Array } {
  return end.length === 0 ? {} : { rangeEnd: end };
}

/** Throws INVALID_SORT_OPTION for an enum out of range. */
export function rangeRequest(message: pb.RangeRequest): RangeRequest {
  if (message.key.length === 0) throw rpcError("EMPTY_KEY");
  const sortOrder = SORT_ORDERS[message.sort_order];
  const sortTarget = SORT_TARGETS[message.sort_target];
  if (sortOrder === undefined || sortTarget === undefined) throw rpcError("INVALID_SORT_OPTION");
  return {
    key: message.key,
    ...rangeEndOf(message.range_end),
    limit: Math.max(0, message.limit),
    revision: Math.max(0, message.revision),
    sortOrder,
    sortTarget,
    serializable: message.serializable,
    keysOnly: message.keys_only,
    countOnly: message.count_only,
    minModRevision: message.min_mod_revision,
    maxModRevision: message.max_mod_revision,
    minCreateRevision: message.min_create_revision,
    maxCreateRevision: message.max_create_revision,
  };
}

/** A put as the Kv port asks it. */
export function putRequest(message: pb.PutRequest): PutRequest {
  return {
    key: message.key,
    value: message.value,
    lease: message.lease,
    prevKv: message.prev_kv,
    ignoreValue: message.ignore_value,
    ignoreLease: message.ignore_lease,
  };
}

/** A delete as the Kv port asks it. */
export function deleteRangeRequest(message: pb.DeleteRangeRequest): DeleteRangeRequest {
  return { key: message.key, ...rangeEndOf(message.range_end), prevKv: message.prev_kv };
}

/** A txn as the Kv port asks it. Throws KEY_NOT_FOUND for an operation that says nothing. */
export function txnRequest(message: pb.TxnRequest): TxnRequest {
  return {
    compare: message.compare.map(compareOf),
    success: message.success.map(requestOp),
    failure: message.failure.map(requestOp),
  };
}

function compareOf(message: pb.Compare): Compare {
  const result = COMPARE_RESULTS[message.result] ?? "equal";
  const where = { key: message.key, ...rangeEndOf(message.range_end), result };
  switch (message.target) {
    case TARGET.CREATE:
      return { ...where, target: "create", createRevision: message.create_revision ?? 0 };
    case TARGET.MOD:
      return { ...where, target: "mod", modRevision: message.mod_revision ?? 0 };
    case TARGET.VALUE:
      return { ...where, target: "value", value: message.value ?? NO_BYTES };
    case TARGET.LEASE:
      return { ...where, target: "lease", lease: message.lease ?? 0n };
    default:
      return { ...where, target: "version", version: message.version ?? 0 };
  }
}

function requestOp(message: pb.RequestOp): RequestOp {
  if (message.request_range) return { op: "range", request: rangeRequest(message.request_range) };
  if (message.request_put) return { op: "put", request: putRequest(message.request_put) };
  if (message.request_delete_range) {
    return { op: "delete-range", request: deleteRangeRequest(message.request_delete_range) };
  }
  if (message.request_txn) return { op: "txn", request: txnRequest(message.request_txn) };
  // As etcd answers to an operation that says nothing.
  throw rpcError("KEY_NOT_FOUND");
}

/** The header of an answer. */
export function headerMessage(header: ResponseHeader): Partially<pb.ResponseHeader> {
  return {
    cluster_id: header.clusterId,
    member_id: header.memberId,
    revision: header.revision,
    raft_term: header.raftTerm,
  };
}

/** A key with its value, as a message. */
export function kvMessage(kv: KeyValue): pb.KeyValue {
  return {
    key: kv.key,
    create_revision: kv.createRevision,
    mod_revision: kv.modRevision,
    version: kv.version,
    value: kv.value,
    lease: kv.lease,
  };
}

/** A change, as the event of a watch. */
export function eventMessage(change: Change): Partially<pb.Event> {
  const { type, kv, prevKv } = change;
  return { type: EVENT[type], kv: kvMessage(kv), ...(prevKv ? { prev_kv: kvMessage(prevKv) } : {}) };
}

type Header = Partially<pb.ResponseHeader>;

/** The answer to a range. */
export function rangeMessage(response: RangeResponse, header: Header): Partially<pb.RangeResponse> {
  const { more, count } = response;
  return { header, kvs: response.kvs.map(kvMessage), more, count };
}

/** The answer to a put. */
export function putMessage(response: PutResponse, header: Header): Partially<pb.PutResponse> {
  return { header, ...(response.prevKv ? { prev_kv: kvMessage(response.prevKv) } : {}) };
}

/** The answer to a delete. */
export function deleteRangeMessage(
  response: DeleteRangeResponse,
  header: Header,
): Partially<pb.DeleteRangeResponse> {
  return { header, deleted: response.deleted, prev_kvs: response.prevKvs.map(kvMessage) };
}

/** The answer to a txn, those of its operations in it. */
export function txnMessage(response: TxnResponse, header: Header): Partially<pb.TxnResponse> {
  return { header, succeeded: response.succeeded, responses: response.responses.map(responseOp) };
}

/** As etcd: the header of an answer within a txn holds the revision only. */
function responseOp(op: ResponseOp): Partially<pb.ResponseOp> {
  const header = { revision: op.response.header.revision };
  switch (op.op) {
    case "range":
      return { response_range: rangeMessage(op.response, header) };
    case "put":
      return { response_put: putMessage(op.response, header) };
    case "delete-range":
      return { response_delete_range: deleteRangeMessage(op.response, header) };
    case "txn":
      return { response_txn: txnMessage(op.response, header) };
  }
}
