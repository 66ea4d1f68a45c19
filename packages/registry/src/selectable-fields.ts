/**
 * The values that field selectors compare: read from the stored form by the field's path, with the text that
 * Go's zero value has where the field is absent, and the few names that are no paths.
 */
import { fieldOf, type JsonValue, type KubernetesObject, stringIn } from "@quorate/object";

const ZERO_TEXTS: Readonly<Record<string, string>> = {
  "spec.unschedulable": "false",
  "spec.hostNetwork": "false",
  "status.replicas": "0",
  "status.successful": "0",
};

/** events.k8s.io names the parts of an event otherwise than core/v1, in which events are stored. */
const CORE_NAMES: readonly (readonly [string, string])[] = [
  ["regarding.", "involvedObject."],
  ["reportingController", "reportingComponent"],
];

type FieldReader = (object: KubernetesObject) => string;

const SPECIAL: Readonly<Record<string, FieldReader>> = {
  "Event source": (event) => stringIn(event.source, "component") || stringIn(event, "reportingComponent"),
  "Job status.successful": (job) => textOf(fieldOf(job.status, "succeeded"), "0"),
  "Pod status.podIPs": (pod) =>
    textOf(fieldOf((fieldOf(pod.status, "podIPs") as JsonValue[] | undefined)?.[0], "ip"), ""),
};

/** The text of a selectable field of a stored object; "" where it is absent. */
export function selectableField(object: KubernetesObject, field: string): string {
  const special = SPECIAL[`${object.kind} ${field}`];
  if (special) return special(object);
  let value: JsonValue | undefined = object as unknown as JsonValue;
  for (const part of storedPath(object.kind, field).split(".")) value = fieldOf(value, part);
  return textOf(value, ZERO_TEXTS[field] ?? "");
}

function storedPath(kind: string, field: string): string {
  if (kind !== "Event") return field;
  for (const [name, core] of CORE_NAMES) if (field.startsWith(name)) return core + field.slice(name.length);
  return field;
}

function textOf(value: JsonValue | undefined, zero: string): string {
  if (value === undefined || value === null) return zero;
  return typeof value === "object" ? "" : String(value);
}
