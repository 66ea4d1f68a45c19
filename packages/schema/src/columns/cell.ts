/**
 * The vocabulary of printer columns: a printer gives the cells of one object, in the order of its kind's columns.
 * Texts for what is absent are the reference's: `<none>`, `<unset>`, `<unknown>`.
 */
import { ageOf, type JsonObject, type KubernetesObject, objectsIn, stringIn } from "@quorate/object";

/** The cells of one object; `nowMs` (since the epoch) is what ages are counted to. */
export type CellPrinter = (object: KubernetesObject, nowMs: number) => unknown[];

export function nameOf(object: KubernetesObject): string {
  return object.metadata.name ?? "";
}

/** The time since the object was created. */
export function ageCell(object: KubernetesObject, nowMs: number): string {
  return ageOf(object.metadata.creationTimestamp, nowMs);
}

/** `key=value,…` sorted by key, `<none>` where there are none. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const keys = Object.keys(labels);
  if (keys.length === 0) return "<none>";
  return keys
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(",");
}

/** The names and the images of containers, each joined by commas. */
export function containerCells(podSpec: JsonObject): [string, string] {
  const containers = objectsIn(podSpec, "containers");
  const names = containers.map((container) => stringIn(container, "name")).join(",");
  return [names, containers.map((container) => stringIn(container, "image")).join(",")];
}

/** `a,b,c + 4 more...`; what is beyond `max` is only counted. */
export function listWithMore(items: readonly string[], max: number, empty: string): string {
  if (items.length === 0) return empty;
  const text = items.slice(0, max).join(",");
  return items.length > max ? `${text} + ${items.length - max} more...` : text;
}

/** The condition of a type, undefined where there is none. */
export function conditionOf(object: KubernetesObject, type: string): JsonObject | undefined {
  return objectsIn(object.status, "conditions").find((condition) => condition.type === type);
}

export function hasTrueCondition(object: KubernetesObject, type: string): boolean {
  return stringIn(conditionOf(object, type), "status") === "True";
}

export function or(text: string, otherwise: string): string {
  return text === "" ? otherwise : text;
}
