/** Between the requests and responses of the Kv port and etcd's messages, from the client's side. */
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
  WatchRequest,
} from "@quorate/mvcc";
import type * as pb from "../generated/etcd-types.ts";
import type { Partially } from "../message-codec.ts";

const SORT_ORDERS: Readonly<Record<SortOrder, number>> = { none: 0, ascend: 1, descend: 2 };
const SORT_TARGETS: Readonly<Record<SortTarget, number>> = {
  key: 0,
  version: 1,
  create: 2,
  mod: 3,
  value: 4,
};
const RESULTS: Readonly<Record<CompareResult, number>> = { equal: 0, greater: 1, less: 2, "not-equal": 3 };
const TARGETS: Readonly<Record<Compare["target"], number>> = {
  version: 0,
  create: 1,
  mod: 2,
  value: 3,
  lease: 4,
};
const FILTER = { NOPUT: 0, NODELETE: 1 } as const;
const DELETE_EVENT = 1;

function rangeEnd(end: Uint8Array | undefined): { range_end?: Uint8Array } {
  return end === undefined ? {} : { range_end: end };
}

/** etcd's message for a range. */
export function rangeMessage(request: RangeRequest): Partially<pb.RangeRequest> {
  return {
    key: request.key,
    ...rangeEnd(request.rangeEnd),
    limit: request.limit ?? 0,
    revision: request.revision ?? 0,
    sort_order: SORT_ORDERS[request.sortOrder ?? "none"],
    sort_target: SORT_TARGETS[request.sortTarget ?? "key"],
    serializable: request.serializable ?? false,
    keys_only: request.keysOnly ?? false,
    count_only: request.countOnly ?? false,
    min_mod_revision: request.minModRevision ?? 0,
    max_mod_revision: request.maxModRevision ?? 0,
    min_create_revision: request.minCreateRevision ?? 0,
    max_create_revision: request.maxCreateRevision ?? 0,
  };
}

/** etcd's message for a put. */
export function putMessage(request: PutRequest): Partially<pb.PutRequest> {
  return {
    key: request.key,
    value: request.value,
    lease: request.lease ?? 0n,
    prev_kv: request.prevKv ?? false,
    ignore_value: request.ignoreValue ?? false,
    ignore_lease: request.ignoreLease ?? false,
  };
}

/** etcd's message for a delete. */
export function deleteRangeMessage(request: DeleteRangeRequest): Partially<pb.DeleteRangeRequest> {
  return { key: request.key, ...rangeEnd(request.rangeEnd), prev_kv: request.prevKv ?? false };
}

/** etcd's message for a txn, with all txns in it. */
export function txnMessage(request: TxnRequest): Partially<pb.TxnRequest> {
  return {
    compare: request.compare.map(compareMessage),
    success: request.success.map(opMessage),
    failure: request.failure.map(opMessage),
  };
}

function compareMessage(compare: Compare): Partially<pb.Compare> {
  const where = {
    key: compare.key,
    ...rangeEnd(compare.rangeEnd),
    result: RESULTS[compare.result],
    target: TARGETS[compare.target],
  };
  switch (compare.target) {
    case "version":
      return { ...where, version: compare.version };
    case "create":
      return { ...where, create_revision: compare.createRevision };
    case "mod":
      return { ...where, mod_revision: compare.modRevision };
    case "value":
      return { ...where, value: compare.value };
    case "lease":
      return { ...where, lease: compare.lease };
  }
}

function opMessage(op: RequestOp): Partially<pb.RequestOp> {
  switch (op.op) {
    case "range":
      return { request_range: rangeMessage(op.request) };
    case "put":
      return { request_put: putMessage(op.request) };
    case "delete-range":
      return { request_delete_range: deleteRangeMessage(op.request) };
    case "txn":
      return { request_txn: txnMessage(op.request) };
  }
}

/** etcd's message that creates a watch; who sends it chooses no id. */
export function watchMessage(request: WatchRequest): Partially<pb.WatchCreateRequest> {
  const filters: number[] = [];
  if (request.noPut) filters.push(FILTER.NOPUT);
  if (request.noDelete) filters.push(FILTER.NODELETE);
  return {
    key: request.key,
    ...rangeEnd(request.rangeEnd),
    start_revision: request.startRevision ?? 0,
    prev_kv: request.prevKv ?? false,
    progress_notify: request.progressNotify ?? false,
    filters,
  };
}

/** Reads a header. Answers within a txn hold the revision only: the rest is that of `outer`, the whole. */
export function responseHeader(
  message: pb.ResponseHeader | undefined,
  outer?: ResponseHeader,
): ResponseHeader {
  const revision = message?.revision ?? 0;
  if (outer) return { ...outer, revision: revision || outer.revision };
  return {
    clusterId: message?.cluster_id ?? 0n,
    memberId: message?.member_id ?? 0n,
    revision,
    raftTerm: message?.raft_term ?? 0,
  };
}

function keyValue(message: pb.KeyValue): KeyValue {
  return {
    key: message.key,
    value: message.value,
    createRevision: message.create_revision,
    modRevision: message.mod_revision,
    version: message.version,
    lease: message.lease,
  };
}

/** Reads the answer to a range; keys and values are views of the message. */
export function rangeResponse(message: pb.RangeResponse, outer?: ResponseHeader): RangeResponse {
  const { more, count } = message;
  return { header: responseHeader(message.header, outer), kvs: message.kvs.map(keyValue), more, count };
}

/** Reads the answer to a put. */
export function putResponse(message: pb.PutResponse, outer?: ResponseHeader): PutResponse {
  const header = responseHeader(message.header, outer);
  return message.prev_kv ? { header, prevKv: keyValue(message.prev_kv) } : { header };
}

/** Reads the answer to a delete. */
export function deleteRangeResponse(
  message: pb.DeleteRangeResponse,
  outer?: ResponseHeader,
): DeleteRangeResponse {
  const header = responseHeader(message.header, outer);
  return { header, deleted: message.deleted, prevKvs: message.prev_kvs.map(keyValue) };
}

/** Reads the answer to a txn. Throws where an operation was answered with nothing. */
export function txnResponse(message: pb.TxnResponse, outer?: ResponseHeader): TxnResponse {
  const header = responseHeader(message.header, outer);
  const responses = message.responses.map((op) => responseOp(op, header));
  return { header, succeeded: message.succeeded, responses };
}

function responseOp(message: pb.ResponseOp, outer: ResponseHeader): ResponseOp {
  if (message.response_range) return { op: "range", response: rangeResponse(message.response_range, outer) };
  if (message.response_put) return { op: "put", response: putResponse(message.response_put, outer) };
  if (message.response_delete_range) {
    return { op: "delete-range", response: deleteRangeResponse(message.response_delete_range, outer) };
  }
  if (message.response_txn) return { op: "txn", response: txnResponse(message.response_txn, outer) };
  throw new Error("the store answered to an operation with nothing");
}

/** Reads an event. Throws where it has no key. */
export function changeOf(event: pb.Event): Change {
  const type = event.type === DELETE_EVENT ? "delete" : "put";
  if (!event.kv) throw new Error("the store sent an event without its key");
  const kv = keyValue(event.kv);
  return event.prev_kv ? { type, kv, prevKv: keyValue(event.prev_kv) } : { type, kv };
}
