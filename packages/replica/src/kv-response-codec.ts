/**
 * The binary form of Kv responses and watch batches between threads and processes (not on disk). Keys and
 * values that are read are views into the frame: keeping one keeps the whole frame in memory, so that who
 * holds on to few of many copies them.
 */
import { CodedError } from "@quorate/base";
import type {
  Change,
  DeleteRangeResponse,
  KeyValue,
  LeaseStatus,
  PutResponse,
  RangeResponse,
  ResponseHeader,
  ResponseOp,
  TxnResponse,
  WatchBatch,
} from "@quorate/mvcc";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

const OPS: readonly ResponseOp["op"][] = ["range", "put", "delete-range", "txn"];
/** Without key and value. */
const KEY_VALUE_BYTES_MIN = 33;
const KEY_VALUE_BYTES_MAX = 41;
/** Without keys and values. */
const RANGE_BYTES_MAX = 64;
const DELETE = 1;
const PREV_KV = 2;

/** Writes a response header. */
export function writeHeader(w: ByteWriter, header: ResponseHeader): void {
  w.id(header.clusterId);
  w.id(header.memberId);
  w.integer(header.revision);
  w.integer(header.raftTerm);
}

/** Reads a response header; throws MALFORMED_FRAME on anything else. */
export function readHeader(r: ByteReader): ResponseHeader {
  return { clusterId: r.id(), memberId: r.id(), revision: r.integer(), raftTerm: r.integer() };
}

function writeKeyValue(w: ByteWriter, kv: KeyValue): void {
  w.bytes(kv.key);
  w.bytes(kv.value);
  w.integer(kv.createRevision);
  w.integer(kv.modRevision);
  w.integer(kv.version);
  if (kv.lease) {
    w.byte(1);
    w.id(kv.lease);
  } else w.byte(0);
}

function readKeyValue(r: ByteReader): KeyValue {
  return {
    key: r.bytes(),
    value: r.bytes(),
    createRevision: r.integer(),
    modRevision: r.integer(),
    version: r.integer(),
    lease: r.flag() ? r.id() : 0n,
  };
}

function writeKeyValues(w: ByteWriter, kvs: readonly KeyValue[]): void {
  w.uint32(kvs.length);
  for (const kv of kvs) writeKeyValue(w, kv);
}

function readKeyValues(r: ByteReader): readonly KeyValue[] {
  const kvs: KeyValue[] = [];
  for (let left = r.count(KEY_VALUE_BYTES_MIN); left > 0; left--) kvs.push(readKeyValue(r));
  return kvs;
}

/** Writes a range response. */
export function writeRangeResponse(w: ByteWriter, response: RangeResponse): void {
  // All at once: growing by and by would copy a large answer several times.
  let bytes = RANGE_BYTES_MAX;
  for (const { key, value } of response.kvs) bytes += key.length + value.length + KEY_VALUE_BYTES_MAX;
  w.reserve(bytes);
  writeHeader(w, response.header);
  w.flag(response.more);
  w.integer(response.count);
  writeKeyValues(w, response.kvs);
}

/**
 * Reads a range response; throws MALFORMED_FRAME on anything else. `release` gives its frame's memory back.
 */
export function readRangeResponse(r: ByteReader, release?: () => void): RangeResponse {
  const response = { header: readHeader(r), more: r.flag(), count: r.integer(), kvs: readKeyValues(r) };
  return release ? { ...response, release } : response;
}

/** Writes a put response. */
export function writePutResponse(w: ByteWriter, response: PutResponse): void {
  writeHeader(w, response.header);
  w.flag(response.prevKv !== undefined);
  if (response.prevKv) writeKeyValue(w, response.prevKv);
}

/** Reads a put response; throws MALFORMED_FRAME on anything else. */
export function readPutResponse(r: ByteReader): PutResponse {
  const header = readHeader(r);
  return r.flag() ? { header, prevKv: readKeyValue(r) } : { header };
}

/** Writes a delete-range response. */
export function writeDeleteRangeResponse(w: ByteWriter, response: DeleteRangeResponse): void {
  writeHeader(w, response.header);
  w.integer(response.deleted);
  writeKeyValues(w, response.prevKvs);
}

/** Reads a delete-range response; throws MALFORMED_FRAME on anything else. */
export function readDeleteRangeResponse(r: ByteReader): DeleteRangeResponse {
  return { header: readHeader(r), deleted: r.integer(), prevKvs: readKeyValues(r) };
}

/** Writes a transaction's response. */
export function writeTxnResponse(w: ByteWriter, response: TxnResponse): void {
  writeHeader(w, response.header);
  w.flag(response.succeeded);
  w.uint32(response.responses.length);
  for (const one of response.responses) {
    w.name(OPS, one.op);
    if (one.op === "put") writePutResponse(w, one.response);
    else if (one.op === "range") writeRangeResponse(w, one.response);
    else if (one.op === "delete-range") writeDeleteRangeResponse(w, one.response);
    else writeTxnResponse(w, one.response);
  }
}

/** Reads a transaction's response; throws MALFORMED_FRAME on anything else. */
export function readTxnResponse(r: ByteReader): TxnResponse {
  const header = readHeader(r);
  const succeeded = r.flag();
  const responses: ResponseOp[] = [];
  for (let left = r.count(1); left > 0; left--) {
    const op = r.name(OPS);
    if (op === "put") responses.push({ op, response: readPutResponse(r) });
    else if (op === "range") responses.push({ op, response: readRangeResponse(r) });
    else if (op === "delete-range") responses.push({ op, response: readDeleteRangeResponse(r) });
    else responses.push({ op, response: readTxnResponse(r) });
  }
  return { header, succeeded, responses };
}

/** Writes a lease status. */
export function writeLeaseStatus(w: ByteWriter, status: LeaseStatus): void {
  w.id(status.id);
  w.integer(status.ttlSeconds);
  w.integer(status.grantedTtlSeconds);
  w.uint32(status.keys.length);
  for (const key of status.keys) w.bytes(key);
}

/** Reads a lease status; throws MALFORMED_FRAME on anything else. */
export function readLeaseStatus(r: ByteReader): LeaseStatus {
  const [id, ttlSeconds, grantedTtlSeconds] = [r.id(), r.integer(), r.integer()];
  const keys: Uint8Array[] = [];
  for (let left = r.count(4); left > 0; left--) keys.push(r.bytes());
  return { id, ttlSeconds, grantedTtlSeconds, keys };
}

function writeChange(w: ByteWriter, change: Change): void {
  w.byte((change.type === "delete" ? DELETE : 0) | (change.prevKv ? PREV_KV : 0));
  writeKeyValue(w, change.kv);
  if (change.prevKv) writeKeyValue(w, change.prevKv);
}

/** Writes a watch batch. */
export function writeWatchBatch(w: ByteWriter, batch: WatchBatch): void {
  w.integer(batch.revision);
  w.uint32(batch.changes.length);
  for (const change of batch.changes) writeChange(w, change);
}

/** Reads a watch batch; throws MALFORMED_FRAME on anything else. */
export function readWatchBatch(r: ByteReader): WatchBatch {
  const revision = r.integer();
  const changes: Change[] = [];
  for (let left = r.count(KEY_VALUE_BYTES_MIN + 1); left > 0; left--) {
    const flags = r.byte();
    const type = flags & DELETE ? "delete" : "put";
    const kv = readKeyValue(r);
    changes.push(flags & PREV_KV ? { type, kv, prevKv: readKeyValue(r) } : { type, kv });
  }
  return { revision, changes };
}

/** A coded error; details survive as far as JSON can say them. */
export function writeError(w: ByteWriter, error: unknown): void {
  const coded = error instanceof CodedError ? error : undefined;
  w.text(coded?.code ?? "UNAVAILABLE");
  w.text(error instanceof Error ? error.message : String(error));
  w.text(
    JSON.stringify(coded?.details ?? {}, (_, value) =>
      typeof value === "bigint" ? value.toString() : value,
    ),
  );
}

/** Reads an error; throws MALFORMED_FRAME on anything else. */
export function readError(r: ByteReader): CodedError {
  const [code, message] = [r.text(), r.text()];
  return new CodedError(code, message, { details: JSON.parse(r.text()) as Record<string, unknown> });
}
