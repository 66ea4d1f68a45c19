/**
 * What one struct gets filled in, as a function on its JSON. Defaulters see objects that `checkObject` has
 * normalised: absent means zero (or nil), so two words suffice: `fillNil` for Go pointers, where an explicit
 * zero counts as given, and `fillZero` for plain values, where it does not.
 */
import type { JsonObject, JsonValue } from "@quorate/object";

/** What defaults may depend on besides the object. */
export interface DefaultsContext {
  /** RFC 3339, whole seconds: the time of the request. */
  readonly now: string;
}

/** Fills in one struct, in place. */
export type Defaulter = (object: JsonObject, context: DefaultsContext) => void;

/** Defaulters by OpenAPI model name of the struct they fill. */
export type Defaulters = Readonly<Record<string, Defaulter>>;

/** Sets the field unless it is given, be it as zero. */
export function fillNil(object: JsonObject, field: string, value: JsonValue): void {
  if (object[field] === undefined || object[field] === null) object[field] = value;
}

/** Sets the field where it is absent, empty text, 0 or false. */
export function fillZero(object: JsonObject, field: string, value: JsonValue): void {
  if (!object[field]) object[field] = value;
}

/** The struct or map in a field; undefined where it is absent. */
export function objectAt(object: JsonObject, field: string): JsonObject | undefined {
  const value = object[field];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

/** The struct in a field, an empty one put there where it is absent. */
export function objectOrNew(object: JsonObject, field: string): JsonObject {
  const present = objectAt(object, field);
  if (present !== undefined) return present;
  const created: JsonObject = {};
  object[field] = created;
  return created;
}

/** The structs of a list field; empty where it is absent. */
export function listAt(object: JsonObject, field: string): JsonObject[] {
  const value = object[field];
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

/** Whether a map or list field is absent or has nothing in it. */
export function isEmptyAt(object: JsonObject, field: string): boolean {
  const value = object[field];
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value as JsonObject).length === 0;
}
