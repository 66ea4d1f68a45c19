/**
 * JSON merge patch (RFC 7386): null removes a key, objects are merged, all else is replaced. `document` is
 * changed and returned; the patch's parts become parts of it.
 */
import type { JsonObject, JsonValue } from "../kubernetes-object.ts";
import { badRequest } from "../statuses.ts";
import { isObject } from "./json-equal.ts";

/** Merges an object patch; anything else is the reference's 400. */
export function applyMergePatch(document: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch)) throw badRequest("error decoding patch: a merge patch must be a JSON object");
  return merge(document, patch);
}

function merge(document: JsonObject, patch: JsonObject): JsonObject {
  for (const key of Object.keys(patch)) {
    // Safety: a key that would set a prototype is never a field of a kind.
    if (key === "__proto__") continue;
    const value = patch[key];
    const current = document[key];
    if (value === null || value === undefined) delete document[key];
    else if (!isObject(current)) document[key] = withoutNulls(value);
    else document[key] = isObject(value) ? merge(current, value) : value;
  }
  return document;
}

/** In what is new there is nothing to remove: nulls of objects are dropped, also inside of lists. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => (item === null ? null : withoutNulls(item)));
  return isObject(value) ? merge({}, value) : value;
}
