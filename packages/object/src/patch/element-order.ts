/**
 * The order of a merged list: items that the patch names keep the patch's order, items that only the server
 * has keep theirs, and the two runs are interleaved by the positions that both have in the current list.
 *
 *   current [a, b, c], patch order [c, d]  ->  server-only [a, b], named [c, d]  ->  [a, b, c, d]
 */
import type { JsonObject, JsonValue } from "../kubernetes-object.ts";
import { unclassified } from "../statuses.ts";
import { isObject } from "./json-equal.ts";

export interface Partition {
  readonly named: JsonValue[];
  readonly serverOnly: JsonValue[];
}

/** What identifies an item: its merge key's value, or the scalar itself. */
function identity(item: JsonValue, mergeKey: string): JsonValue | undefined {
  return mergeKey === "" ? item : (item as JsonObject)[mergeKey];
}

function requireKey(item: JsonValue, mergeKey: string): void {
  if (mergeKey === "") return;
  if (!isObject(item)) throw unclassified("expected a map[string]interface {}, but received another type");
  if (item[mergeKey] === undefined) {
    throw unclassified(`map: map[] does not contain declared merge key: ${mergeKey}`);
  }
}

/** Splits `items` into those that `by` names and those that it does not. */
export function partition(
  items: readonly JsonValue[],
  by: readonly JsonValue[],
  mergeKey: string,
): Partition {
  for (const item of items) requireKey(item, mergeKey);
  for (const item of by) requireKey(item, mergeKey);
  const names = new Set(by.map((item) => identity(item, mergeKey)));
  const named: JsonValue[] = [];
  const serverOnly: JsonValue[] = [];
  for (const item of items) (names.has(identity(item, mergeKey)) ? named : serverOnly).push(item);
  return { named, serverOnly };
}

function positions(order: readonly JsonValue[], mergeKey: string): Map<JsonValue | undefined, number> {
  const map = new Map<JsonValue | undefined, number>();
  order.forEach((item, index) => {
    const id = identity(item, mergeKey);
    if (!map.has(id)) map.set(id, index);
  });
  return map;
}

/** Puts both runs into their order and interleaves them. */
export function orderElements(
  { named, serverOnly }: Partition,
  patchOrder: readonly JsonValue[],
  serverOrder: readonly JsonValue[],
  mergeKey: string,
): JsonValue[] {
  const byPatch = positions(patchOrder, mergeKey);
  const byServer = positions(serverOrder, mergeKey);
  const at = (map: Map<JsonValue | undefined, number>, item: JsonValue) => map.get(identity(item, mergeKey));
  const sortedBy = (map: Map<JsonValue | undefined, number>) => (a: JsonValue, b: JsonValue) =>
    (at(map, a) ?? 0) - (at(map, b) ?? 0);
  const right = [...named].sort(sortedBy(byPatch));
  const left = [...serverOnly].sort(sortedBy(byServer));
  const result: JsonValue[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const leftAt = at(byServer, left[i]!);
    const rightAt = at(byServer, right[j]!);
    const leftFirst = leftAt !== undefined && rightAt !== undefined && leftAt < rightAt;
    result.push(leftFirst ? left[i++]! : right[j++]!);
  }
  while (j < right.length) result.push(right[j++]!);
  while (i < left.length) result.push(left[i++]!);
  return result;
}

/**
 * The items of the patch's list must appear in `order`, in the same relative order; deletions don't count.
 */
export function checkSetOrder(
  patch: readonly JsonValue[],
  order: readonly JsonValue[],
  mergeKey: string,
): void {
  if (order.length === 0) return;
  let at = 0;
  for (const item of patch) {
    if (isObject(item) && item["$patch"] !== undefined) continue;
    requireKey(item, mergeKey);
    while (at < order.length && !sameItem(item, order[at]!, mergeKey)) at++;
    if (at >= order.length) {
      throw unclassified(
        `The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list:\n` +
          `${JSON.stringify(order)}\n`,
      );
    }
    at++;
  }
}

function sameItem(a: JsonValue, b: JsonValue, mergeKey: string): boolean {
  requireKey(b, mergeKey);
  return identity(a, mergeKey) === identity(b, mergeKey);
}
