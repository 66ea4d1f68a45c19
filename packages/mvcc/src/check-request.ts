/**
 * The checks that etcd makes before a request is proposed: what can be seen without the state. Throws Kv
 * errors.
 */
import { textOf } from "./byte-text.ts";
import type { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from "./kv.ts";
import { kvError } from "./kv-error.ts";

/** etcd's --max-txn-ops and --max-request-bytes. */
export const DEFAULT_LIMITS = { txnOpsMax: 128, requestBytesMax: 1_572_864 } as const;

export interface RequestLimits {
  readonly txnOpsMax: number;
  readonly requestBytesMax: number;
}

export function checkRange(request: RangeRequest): void {
  if (request.key.length === 0) throw kvError("EMPTY_KEY");
}

export function checkPut(request: PutRequest, limits: RequestLimits = DEFAULT_LIMITS): void {
  if (request.key.length === 0) throw kvError("EMPTY_KEY");
  if (request.ignoreValue && request.value.length > 0) throw kvError("VALUE_PROVIDED");
  if (request.ignoreLease && (request.lease ?? 0n) !== 0n) throw kvError("LEASE_PROVIDED");
  if (request.key.length + request.value.length > limits.requestBytesMax) throw kvError("REQUEST_TOO_LARGE");
}

export function checkDeleteRange(request: DeleteRangeRequest): void {
  if (request.key.length === 0) throw kvError("EMPTY_KEY");
}

export function checkTxn(request: TxnRequest, limits: RequestLimits = DEFAULT_LIMITS): void {
  checkOps(request, limits);
  const bytes = txnBytes(request);
  if (bytes > limits.requestBytesMax) throw kvError("REQUEST_TOO_LARGE");
  checkDuplicates(request.success);
  checkDuplicates(request.failure);
}

function checkOps(request: TxnRequest, limits: RequestLimits): void {
  const longest = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (longest > limits.txnOpsMax) throw kvError("TOO_MANY_OPS");
  for (const compare of request.compare) if (compare.key.length === 0) throw kvError("EMPTY_KEY");
  for (const op of [...request.success, ...request.failure]) {
    if (op.op === "range") checkRange(op.request);
    else if (op.op === "put") checkPut(op.request, limits);
    else if (op.op === "delete-range") checkDeleteRange(op.request);
    else checkOps(op.request, { ...limits, txnOpsMax: limits.txnOpsMax - longest });
  }
}

function txnBytes(request: TxnRequest): number {
  let bytes = 0;
  for (const compare of request.compare) bytes += compare.key.length;
  for (const op of [...request.success, ...request.failure]) {
    if (op.op === "txn") bytes += txnBytes(op.request);
    else bytes += op.request.key.length + (op.op === "put" ? op.request.value.length : 0);
  }
  return bytes;
}

interface Writes {
  readonly puts: Set<string>;
  readonly deletes: { readonly start: string; readonly end: string | undefined }[];
}

/**
 * A key must not be put twice, nor put and deleted, on one path. The two branches of a nested txn may share
 * keys.
 */
function checkDuplicates(ops: readonly RequestOp[]): Writes {
  const puts = new Set<string>();
  const deletes: Writes["deletes"] = [];
  for (const op of ops) {
    if (op.op !== "delete-range") continue;
    const start = textOf(op.request.key);
    const { rangeEnd } = op.request;
    if (!rangeEnd || rangeEnd.length === 0) deletes.push({ start, end: `${start}\0` });
    else
      deletes.push({ start, end: rangeEnd.length === 1 && rangeEnd[0] === 0 ? undefined : textOf(rangeEnd) });
  }
  const covered = (key: string, by: Writes["deletes"]) =>
    by.some((range) => key >= range.start && (range.end === undefined || key < range.end));
  for (const op of ops) {
    if (op.op !== "txn") continue;
    const branches = [checkDuplicates(op.request.success), checkDuplicates(op.request.failure)];
    for (const branch of branches) {
      for (const key of branch.puts)
        if (puts.has(key) || covered(key, deletes)) throw kvError("DUPLICATE_KEY");
    }
    for (const branch of branches) {
      for (const range of branch.deletes) {
        for (const key of puts) if (covered(key, [range])) throw kvError("DUPLICATE_KEY");
      }
    }
    for (const branch of branches) {
      for (const key of branch.puts) puts.add(key);
      deletes.push(...branch.deletes);
    }
  }
  for (const op of ops) {
    if (op.op !== "put") continue;
    const key = textOf(op.request.key);
    if (puts.has(key) || covered(key, deletes)) throw kvError("DUPLICATE_KEY");
    puts.add(key);
  }
  return { puts, deletes };
}
