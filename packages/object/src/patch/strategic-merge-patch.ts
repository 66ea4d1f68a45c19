/**
 * Strategic merge patch: a merge patch that knows lists. What a field's list or map does is said by its patch
 * strategy and merge key, read through the `PatchSchema` port (the kind tables of `schema` give it).
 * Directives in the patch:
 *   $patch: replace | delete              for the map it stands in, or the list item
 *   $retainKeys: [k]                      drop all other keys of the current map
 *   $deleteFromPrimitiveList/<field>: []  remove values of a merged list of scalars
 *   $setElementOrder/<field>: []          the order that the client wants
 * The order of a merged list: $setElementOrder, then the patch's, then the current one (see
 * `element-order.ts`).
 */
import type { JsonObject, JsonValue } from "../kubernetes-object.ts";
import { badRequest, unclassified, unprocessable } from "../statuses.ts";
import { checkSetOrder, orderElements, partition } from "./element-order.ts";
import { isObject, jsonEqual } from "./json-equal.ts";

/** What the patch has to know of one field. */
export interface PatchField {
  /** For example `["merge", "retainKeys"]`; none is replace. */
  readonly strategies: readonly string[];
  readonly mergeKey: string;
  /** The fields of the struct that it holds (of the items of a list, the values of a map). */
  readonly schema: PatchSchema;
}

export interface PatchSchema {
  /** Throws (`unknownPatchField`) where the struct has no such field. */
  field(name: string): PatchField;
}

/** The error for a field that the struct does not have. */
export function unknownPatchField(name: string, goType: string): Error {
  return unclassified(
    `unable to find api field in struct ${goType} for the json field ${JSON.stringify(name)}`,
  );
}

const DELETE_LIST = "$deleteFromPrimitiveList";
const SET_ORDER = "$setElementOrder";
const RETAIN_KEYS = "$retainKeys";
const DIRECTIVE = "$patch";

/** Applies `patch` to `document`; both are changed. Bad directives are the reference's 400, 422 or 500. */
export function applyStrategicMergePatch(
  document: JsonObject,
  patch: unknown,
  schema: PatchSchema,
): JsonObject {
  if (!isObject(patch))
    throw badRequest("error decoding patch: a strategic merge patch must be a JSON object");
  return mergeMap(document, patch, schema);
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    delete patch[DIRECTIVE];
    if (directive === "replace") return patch;
    if (directive === "delete") return {};
    throw badDirective(directive);
  }
  applyRetainKeys(original, patch);
  applySetOrders(original, patch, schema);
  for (const key of Object.keys(patch)) mergeKey(original, key, patch[key], schema);
  return original;
}

function mergeKey(
  original: JsonObject,
  patchKey: string,
  value: JsonValue | undefined,
  schema: PatchSchema,
): void {
  const isDeleteList = patchKey.startsWith(DELETE_LIST);
  const key = isDeleteList ? listKey(patchKey, DELETE_LIST) : patchKey;
  if (key === "__proto__") return;
  if (value === null || value === undefined) {
    delete original[key];
    return;
  }
  const current = original[key];
  if (kindOf(current) !== kindOf(value)) {
    if (!isDeleteList) assign(original, key, withoutNulls(value));
  } else if (isObject(value)) {
    const field = schema.field(key);
    original[key] = isReplaced(field) ? value : mergeMap(current as JsonObject, value, field.schema);
  } else if (Array.isArray(value)) {
    original[key] = mergeField(current as JsonValue[], value, schema.field(key), isDeleteList);
  } else assign(original, key, value);
}

/** The kinds between which a patch merges; any two others replace. */
function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "absent";
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isReplaced(field: PatchField): boolean {
  return field.strategies.includes("replace");
}

function assign(original: JsonObject, key: string, value: JsonValue): void {
  const kept = withoutDirectives(value);
  if (kept === undefined) delete original[key];
  else original[key] = kept;
}

function mergeField(
  current: JsonValue[],
  patch: JsonValue[],
  field: PatchField,
  isDeleteList: boolean,
): JsonValue[] {
  if (isDeleteList || field.strategies.includes("merge"))
    return mergeList(current, patch, field, isDeleteList);
  return patch;
}

function mergeList(
  current: JsonValue[],
  patch: JsonValue[],
  field: PatchField,
  isDeleteList: boolean,
): JsonValue[] {
  if (current.length === 0 && patch.length === 0) return current;
  if (!holdsMaps(current, patch)) {
    if (isDeleteList) return current.filter((item) => !patch.includes(item));
    const merged = dedupe([...current, ...patch]);
    return orderElements(partition(merged, patch, ""), patch, current, "");
  }
  const key = field.mergeKey;
  if (key === "") throw unclassified("cannot merge lists without merge key for struct");
  const { base, items } = applyItemDirectives(current as JsonObject[], patch as JsonObject[], key);
  const merged = mergeItems(base, items, field);
  return orderElements(partition(merged, items, key), items, base, key);
}

/** All items must be of one kind, and none a list. */
function holdsMaps(...lists: JsonValue[][]): boolean {
  let kind: string | undefined;
  for (const list of lists) {
    for (const item of list) {
      const itemKind = isObject(item) ? "map" : Array.isArray(item) ? "list" : typeof item;
      if (itemKind === "list") throw unprocessable("lists of lists are not supported");
      if (kind !== undefined && kind !== itemKind) {
        throw unclassified("list element types are not identical: a list holds either objects or scalars");
      }
      kind = itemKind;
    }
  }
  return kind === "map";
}

function dedupe(items: JsonValue[]): JsonValue[] {
  return [...new Set(items)];
}

/** Takes `$patch` items out: `delete` removes the matching current item, `replace` drops all current ones. */
function applyItemDirectives(
  current: JsonObject[],
  patch: JsonObject[],
  key: string,
): { base: JsonObject[]; items: JsonObject[] } {
  let base = current;
  let replace = false;
  const items: JsonObject[] = [];
  for (const item of patch) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) items.push(item);
    else if (directive === "delete") {
      if (item[key] === undefined) throw noMergeKey(key);
      base = base.filter((other) => !jsonEqual(other[key], item[key]));
    } else if (directive === "replace") replace = true;
    else if (directive === "merge") throw unclassified("merging lists cannot yet be specified in the patch");
    else throw badDirective(directive);
  }
  return replace ? { base: items, items: [] } : { base, items };
}

function mergeItems(base: JsonObject[], items: JsonObject[], field: PatchField): JsonObject[] {
  const key = field.mergeKey;
  const merged = [...base];
  for (const item of items) {
    const value = item[key];
    if (value === undefined) throw noMergeKey(key);
    const index = merged.findIndex((other) => other[key] === value);
    if (index < 0) merged.push(item);
    else merged[index] = mergeMap(merged[index]!, item, field.schema);
  }
  return merged;
}

function applyRetainKeys(original: JsonObject, patch: JsonObject): void {
  const directive = patch[RETAIN_KEYS];
  if (directive === undefined) return;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(directive)) throw badRequest("invalid patch format of retainKeys");
  const retained = new Set(directive);
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(DELETE_LIST) || key.startsWith(SET_ORDER)) continue;
    if (!retained.has(key)) throw badRequest("invalid patch format of retainKeys");
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}

/** Lists that come with an order of their own are merged here and taken out of the patch. */
function applySetOrders(original: JsonObject, patch: JsonObject, schema: PatchSchema): void {
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(SET_ORDER)) continue;
    const order = patch[directive];
    delete patch[directive];
    if (!Array.isArray(order)) throw unclassified("expected a []interface {}, but received another type");
    const key = listKey(directive, SET_ORDER);
    const current = listOrAbsent(original[key]);
    const patched = listOrAbsent(patch[key]);
    const field = schema.field(key);
    checkSetOrder(patched ?? [], order, field.mergeKey);
    let merged: JsonValue[];
    if (current && patched) merged = mergeField(current, patched, field, false);
    else if (current) merged = current;
    else if (patched) merged = withoutDirectives(patched) as JsonValue[];
    else continue;
    original[key] = orderElements(
      partition(merged, order, field.mergeKey),
      order,
      current ?? [],
      field.mergeKey,
    );
    delete patch[key];
  }
}

function listOrAbsent(value: JsonValue | undefined): JsonValue[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw unclassified("expected a []interface {}, but received another type");
}

function listKey(directive: string, prefix: string): string {
  const slash = directive.indexOf("/");
  if (slash !== prefix.length) {
    const which = prefix === DELETE_LIST ? "primitive list" : "setElementOrder list";
    throw badRequest(`invalid patch format of ${which}`);
  }
  return directive.slice(slash + 1);
}

/** The value without directives, undefined where the value itself is one. */
function withoutDirectives(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item): item is JsonValue => item !== undefined);
  }
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] !== undefined) return undefined;
  for (const key of Object.keys(value)) {
    const kept = withoutDirectives(value[key] ?? null);
    if (kept === undefined) delete value[key];
    else value[key] = kept;
  }
  return value;
}

/** Nulls say "remove"; in what is newly added there is nothing to remove. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) value.forEach(withoutNulls);
  else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (item === null || item === undefined) delete value[key];
      else withoutNulls(item);
    }
  }
  return value;
}

function noMergeKey(key: string): Error {
  return unclassified(`map: map[] does not contain declared merge key: ${key}`);
}

function badDirective(directive: JsonValue): Error {
  return unclassified(`unknown patch type: ${String(directive)} in map: map[]`);
}
