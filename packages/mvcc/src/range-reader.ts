/**
 * Ranges at a revision: walks the key index, filters, sorts, and reads only the values that the answer holds.
 */
import { compareBytes } from "@quorate/base";
import { textRange } from "./byte-text.ts";
import type { KeyValue, RangeRequest, RangeResponse, Revision, SortTarget } from "./kv.ts";
import { kvError } from "./kv-error.ts";
import { decodeRecord } from "./record.ts";
import type { Store } from "./store.ts";

/**
 * Throws COMPACTED or FUTURE_REVISION for a revision that can't be read, INVALID_SORT_OPTION for an unknown
 * order.
 */
export function checkRangeRevision(store: Store, request: RangeRequest): void {
  const revision = request.revision ?? 0;
  if (revision > store.revision) throw kvError("FUTURE_REVISION");
  if (revision > 0 && revision < store.compactRevision) {
    throw kvError("COMPACTED", { details: { compactRevision: store.compactRevision } });
  }
  // Safety: found before a transaction writes anything, for a half of one must never be applied.
  if (!(request.sortTarget === undefined || request.sortTarget in COMPARERS))
    throw kvError("INVALID_SORT_OPTION");
}

/**
 * The answer without its header; `newest` is what "no revision" means (a transaction reads its own writes).
 */
export function readRange(
  store: Store,
  request: RangeRequest,
  newest: Revision,
): Omit<RangeResponse, "header"> {
  checkRangeRevision(store, request);
  const revision = request.revision || newest;
  const range = textRange(request.key, request.rangeEnd);
  const limit = request.limit ?? 0;
  const direct = isDirect(request);
  // With filters or an order of values everything is read first, as etcd does; else the walk stops at the
  // limit.
  const readMax = direct && limit > 0 ? limit : Number.POSITIVE_INFINITY;
  if (request.countOnly) return { kvs: [], more: false, count: store.index.count(range, revision) };
  const kvs: KeyValue[] = [];
  let isCut = false;
  store.index.visit(range, (_key, history) => {
    if (!history.isLiveAt(revision)) return true;
    if (kvs.length >= readMax) {
      isCut = true;
      return false;
    }
    const { main, sub } = history.at(revision)!;
    kvs.push(decodeRecord(store.recordAt(main, sub), main));
    return true;
  });
  const count = isCut ? store.index.count(range, revision) : kvs.length;
  const kept = direct ? kvs : sorted(filtered(kvs, request), request);
  const cut = limit > 0 && kept.length > limit ? kept.slice(0, limit) : kept;
  const more = direct ? limit > 0 && count > cut.length : cut.length < kept.length;
  const answer = request.keysOnly ? cut.map(withoutValue) : cut;
  return { kvs: answer, more, count };
}

/** Whether keys can be read in the order of the index up to the limit. */
function isDirect(request: RangeRequest): boolean {
  const order = request.sortOrder ?? "none";
  const target = request.sortTarget ?? "key";
  const ordered = order !== "none" ? order === "ascend" && target === "key" : target === "key";
  return (
    ordered &&
    !request.minModRevision &&
    !request.maxModRevision &&
    !request.minCreateRevision &&
    !request.maxCreateRevision
  );
}

function filtered(kvs: readonly KeyValue[], request: RangeRequest): KeyValue[] {
  const {
    minModRevision: minMod,
    maxModRevision: maxMod,
    minCreateRevision: minNew,
    maxCreateRevision: maxNew,
  } = request;
  return kvs.filter(
    (kv) =>
      !(minMod && kv.modRevision < minMod) &&
      !(maxMod && kv.modRevision > maxMod) &&
      !(minNew && kv.createRevision < minNew) &&
      !(maxNew && kv.createRevision > maxNew),
  );
}

const COMPARERS: Readonly<Record<SortTarget, (a: KeyValue, b: KeyValue) => number>> = {
  key: (a, b) => compareBytes(a.key, b.key),
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
  value: (a, b) => compareBytes(a.value, b.value),
};

function sorted(kvs: KeyValue[], request: RangeRequest): KeyValue[] {
  const target = request.sortTarget ?? "key";
  let order = request.sortOrder ?? "none";
  // As etcd: an order of something other than keys is ascending where none is given.
  if (order === "none" && target !== "key") order = "ascend";
  if (order === "none") return kvs;
  const compare = COMPARERS[target];
  return kvs.sort(order === "ascend" ? compare : (a, b) => compare(b, a));
}

const NOTHING = Buffer.alloc(0);

function withoutValue(kv: KeyValue): KeyValue {
  return { ...kv, value: NOTHING };
}
