/**
 * The binary form of Kv requests, shared by the log (what is proposed), the thread seam and worker sockets.
 * Absent and default fields take one bit. The form is part of the on-disk format: fields are only ever added
 * behind new flag bits.
 */

import { CodedError } from "@quorate/base";
import type {
  CompactRequest,
  Compare,
  CompareResult,
  DeleteRangeRequest,
  LeaseGrantRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  SortOrder,
  SortTarget,
  TxnRequest,
  WatchRequest,
} from "@quorate/mvcc";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

const SORT_ORDERS: readonly SortOrder[] = ["none", "ascend", "descend"];
const SORT_TARGETS: readonly SortTarget[] = ["key", "version", "create", "mod", "value"];
const COMPARE_RESULTS: readonly CompareResult[] = ["equal", "not-equal", "greater", "less"];
const COMPARE_TARGETS: readonly Compare["target"][] = ["version", "create", "mod", "value", "lease"];
const OPS: readonly RequestOp["op"][] = ["range", "put", "delete-range", "txn"];
/** Bound: transactions nested deeper than this are refused when read. */
const DEPTH_MAX = 64;

const RANGE_END = 1;
const RANGE = {
  limit: 2,
  revision: 4,
  sort: 8,
  serializable: 16,
  keysOnly: 32,
  countOnly: 64,
  bounds: 128,
} as const;
const PUT = { lease: 1, prevKv: 2, ignoreValue: 4, ignoreLease: 8 } as const;
const WATCH = { start: 2, prevKv: 4, noPut: 8, noDelete: 16, progressNotify: 32 } as const;

/** Writes a range request. */
export function writeRange(w: ByteWriter, request: RangeRequest): void {
  const bounded =
    request.minModRevision ||
    request.maxModRevision ||
    request.minCreateRevision ||
    request.maxCreateRevision;
  w.byte(
    (request.rangeEnd ? RANGE_END : 0) |
      (request.limit ? RANGE.limit : 0) |
      (request.revision ? RANGE.revision : 0) |
      (request.sortOrder || request.sortTarget ? RANGE.sort : 0) |
      (request.serializable ? RANGE.serializable : 0) |
      (request.keysOnly ? RANGE.keysOnly : 0) |
      (request.countOnly ? RANGE.countOnly : 0) |
      (bounded ? RANGE.bounds : 0),
  );
  w.bytes(request.key);
  if (request.rangeEnd) w.bytes(request.rangeEnd);
  if (request.limit) w.integer(request.limit);
  if (request.revision) w.integer(request.revision);
  if (request.sortOrder || request.sortTarget) {
    w.name(SORT_ORDERS, request.sortOrder ?? "none");
    w.name(SORT_TARGETS, request.sortTarget ?? "key");
  }
  if (!bounded) return;
  w.integer(request.minModRevision ?? 0);
  w.integer(request.maxModRevision ?? 0);
  w.integer(request.minCreateRevision ?? 0);
  w.integer(request.maxCreateRevision ?? 0);
}

/** Reads a range request; throws MALFORMED_FRAME on anything else. */
export function readRange(r: ByteReader): RangeRequest {
  const flags = r.byte();
  return {
    key: r.bytes(),
    ...(flags & RANGE_END ? { rangeEnd: r.bytes() } : undefined),
    ...(flags & RANGE.limit ? { limit: r.integer() } : undefined),
    ...(flags & RANGE.revision ? { revision: r.integer() } : undefined),
    ...(flags & RANGE.sort
      ? { sortOrder: r.name(SORT_ORDERS), sortTarget: r.name(SORT_TARGETS) }
      : undefined),
    ...(flags & RANGE.serializable ? { serializable: true } : undefined),
    ...(flags & RANGE.keysOnly ? { keysOnly: true } : undefined),
    ...(flags & RANGE.countOnly ? { countOnly: true } : undefined),
    ...(flags & RANGE.bounds
      ? {
          minModRevision: r.integer(),
          maxModRevision: r.integer(),
          minCreateRevision: r.integer(),
          maxCreateRevision: r.integer(),
        }
      : undefined),
  };
}

/** Writes a put request. */
export function writePut(w: ByteWriter, request: PutRequest): void {
  w.byte(
    (request.lease ? PUT.lease : 0) |
      (request.prevKv ? PUT.prevKv : 0) |
      (request.ignoreValue ? PUT.ignoreValue : 0) |
      (request.ignoreLease ? PUT.ignoreLease : 0),
  );
  w.bytes(request.key);
  w.bytes(request.value);
  if (request.lease) w.id(request.lease);
}

/** Reads a put request; throws MALFORMED_FRAME on anything else. */
export function readPut(r: ByteReader): PutRequest {
  const flags = r.byte();
  const [key, value] = [r.bytes(), r.bytes()];
  if (flags === 0) return { key, value };
  return {
    key,
    value,
    ...(flags & PUT.lease ? { lease: r.id() } : undefined),
    ...(flags & PUT.prevKv ? { prevKv: true } : undefined),
    ...(flags & PUT.ignoreValue ? { ignoreValue: true } : undefined),
    ...(flags & PUT.ignoreLease ? { ignoreLease: true } : undefined),
  };
}

/** Writes a delete-range request. */
export function writeDeleteRange(w: ByteWriter, request: DeleteRangeRequest): void {
  w.byte((request.rangeEnd ? RANGE_END : 0) | (request.prevKv ? PUT.prevKv : 0));
  w.bytes(request.key);
  if (request.rangeEnd) w.bytes(request.rangeEnd);
}

/** Reads a delete-range request; throws MALFORMED_FRAME on anything else. */
export function readDeleteRange(r: ByteReader): DeleteRangeRequest {
  const flags = r.byte();
  return {
    key: r.bytes(),
    ...(flags & RANGE_END ? { rangeEnd: r.bytes() } : undefined),
    ...(flags & PUT.prevKv ? { prevKv: true } : undefined),
  };
}

function writeCompare(w: ByteWriter, compare: Compare): void {
  w.name(COMPARE_TARGETS, compare.target, compare.rangeEnd ? 128 : 0);
  w.name(COMPARE_RESULTS, compare.result);
  w.bytes(compare.key);
  if (compare.rangeEnd) w.bytes(compare.rangeEnd);
  if (compare.target === "version") w.integer(compare.version);
  else if (compare.target === "create") w.integer(compare.createRevision);
  else if (compare.target === "mod") w.integer(compare.modRevision);
  else if (compare.target === "value") w.bytes(compare.value);
  else w.id(compare.lease);
}

function readCompare(r: ByteReader): Compare {
  const head = r.byte();
  const result = r.name(COMPARE_RESULTS);
  const key = r.bytes();
  const common = head & 128 ? { key, rangeEnd: r.bytes(), result } : { key, result };
  switch (COMPARE_TARGETS[head & 127]) {
    case "version":
      return { target: "version", version: r.integer(), ...common };
    case "create":
      return { target: "create", createRevision: r.integer(), ...common };
    case "mod":
      return { target: "mod", modRevision: r.integer(), ...common };
    case "value":
      return { target: "value", value: r.bytes(), ...common };
    case "lease":
      return { target: "lease", lease: r.id(), ...common };
    default:
      throw new CodedError("MALFORMED_FRAME", "malformed frame: an unknown compare target");
  }
}

function writeOps(w: ByteWriter, ops: readonly RequestOp[]): void {
  w.uint32(ops.length);
  for (const one of ops) {
    w.name(OPS, one.op);
    if (one.op === "put") writePut(w, one.request);
    else if (one.op === "range") writeRange(w, one.request);
    else if (one.op === "delete-range") writeDeleteRange(w, one.request);
    else writeTxn(w, one.request);
  }
}

function readOps(r: ByteReader, depth: number): readonly RequestOp[] {
  const ops: RequestOp[] = [];
  for (let left = r.count(2); left > 0; left--) {
    const op = r.name(OPS);
    if (op === "put") ops.push({ op, request: readPut(r) });
    else if (op === "range") ops.push({ op, request: readRange(r) });
    else if (op === "delete-range") ops.push({ op, request: readDeleteRange(r) });
    else ops.push({ op, request: readTxn(r, depth + 1) });
  }
  return ops;
}

/** Writes a transaction. */
export function writeTxn(w: ByteWriter, request: TxnRequest): void {
  w.uint32(request.compare.length);
  for (const compare of request.compare) writeCompare(w, compare);
  writeOps(w, request.success);
  writeOps(w, request.failure);
}

/** Reads a transaction; throws MALFORMED_FRAME on anything else. */
export function readTxn(r: ByteReader, depth = 0): TxnRequest {
  if (depth > DEPTH_MAX)
    throw new CodedError("MALFORMED_FRAME", "malformed frame: transactions nested too deep");
  const compare: Compare[] = [];
  for (let left = r.count(2); left > 0; left--) compare.push(readCompare(r));
  return { compare, success: readOps(r, depth), failure: readOps(r, depth) };
}

/** Writes a compact request. */
export function writeCompact(w: ByteWriter, request: CompactRequest): void {
  w.flag(request.physical === true);
  w.integer(request.revision);
}

/** Reads a compact request; throws MALFORMED_FRAME on anything else. */
export function readCompact(r: ByteReader): CompactRequest {
  return r.flag() ? { physical: true, revision: r.integer() } : { revision: r.integer() };
}

/** Writes a lease-grant request. */
export function writeLeaseGrant(w: ByteWriter, request: LeaseGrantRequest): void {
  w.id(request.id);
  w.integer(request.ttlSeconds);
}

/** Reads a lease-grant request; throws MALFORMED_FRAME on anything else. */
export function readLeaseGrant(r: ByteReader): LeaseGrantRequest {
  return { id: r.id(), ttlSeconds: r.integer() };
}

/** Writes a watch request. */
export function writeWatch(w: ByteWriter, request: WatchRequest): void {
  w.byte(
    (request.rangeEnd ? RANGE_END : 0) |
      (request.startRevision ? WATCH.start : 0) |
      (request.prevKv ? WATCH.prevKv : 0) |
      (request.noPut ? WATCH.noPut : 0) |
      (request.noDelete ? WATCH.noDelete : 0) |
      (request.progressNotify ? WATCH.progressNotify : 0),
  );
  w.bytes(request.key);
  if (request.rangeEnd) w.bytes(request.rangeEnd);
  if (request.startRevision) w.integer(request.startRevision);
}

/** Reads a watch request; throws MALFORMED_FRAME on anything else. */
export function readWatch(r: ByteReader): WatchRequest {
  const flags = r.byte();
  return {
    key: r.bytes(),
    ...(flags & RANGE_END ? { rangeEnd: r.bytes() } : undefined),
    ...(flags & WATCH.start ? { startRevision: r.integer() } : undefined),
    ...(flags & WATCH.prevKv ? { prevKv: true } : undefined),
    ...(flags & WATCH.noPut ? { noPut: true } : undefined),
    ...(flags & WATCH.noDelete ? { noDelete: true } : undefined),
    ...(flags & WATCH.progressNotify ? { progressNotify: true } : undefined),
  };
}
