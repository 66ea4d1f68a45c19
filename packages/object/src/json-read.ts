/**
 * Reads decoded JSON without type ceremonies: each reader takes a value that may be anything, and gives the
 * zero value of its type where the field is absent or of another type. For code that looks at objects which
 * the schema engine has already checked (columns, strategies, validation).
 */
import type { JsonObject, JsonValue } from "./kubernetes-object.ts";

const NOTHING: JsonObject = Object.freeze({});
const NONE: JsonValue[] = [];
Object.freeze(NONE);

/** The field of an object, undefined where there is none (or the value is no object). */
export function fieldOf(value: unknown, key: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as JsonObject)[key] ?? undefined;
}

/** The object in a field; a frozen empty one where absent. */
export function objectIn(value: unknown, key: string): JsonObject {
  const field = fieldOf(value, key);
  return typeof field === "object" && field !== null && !Array.isArray(field) ? field : NOTHING;
}

/** The list in a field; a frozen empty one where absent. */
export function listIn(value: unknown, key: string): readonly JsonValue[] {
  const field = fieldOf(value, key);
  return Array.isArray(field) ? field : NONE;
}

/** The list of objects in a field. */
export function objectsIn(value: unknown, key: string): readonly JsonObject[] {
  return listIn(value, key) as readonly JsonObject[];
}

/** The list of texts in a field. */
export function stringsIn(value: unknown, key: string): readonly string[] {
  return listIn(value, key) as readonly string[];
}

export function stringIn(value: unknown, key: string): string {
  const field = fieldOf(value, key);
  return typeof field === "string" ? field : "";
}

export function numberIn(value: unknown, key: string): number {
  const field = fieldOf(value, key);
  return typeof field === "number" ? field : 0;
}

/** Whether the field is there and true. */
export function isTrueIn(value: unknown, key: string): boolean {
  return fieldOf(value, key) === true;
}

/** Whether the field is there (null counts as absent). */
export function hasField(value: unknown, key: string): boolean {
  return fieldOf(value, key) !== undefined;
}

/** The map of texts in a field: labels, annotations, selectors, data. */
export function stringMapIn(value: unknown, key: string): Readonly<Record<string, string>> {
  return objectIn(value, key) as Record<string, string>;
}
