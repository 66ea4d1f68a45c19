/**
 * Conversion of an object between the versions of its kind: by name changes (events), by rules (autoscalers),
 * and by label alone where two versions have the same shape.
 */
import { CodedError } from "@quorate/base";
import type { JsonObject } from "@quorate/object";
import { checkObject } from "../decode/check-object.ts";
import type { TypeTable, ValueTable } from "../kind.ts";
import { apiVersionOf, parseApiVersion, type SchemaRegistry } from "../schema-registry.ts";
import { autoscalerToV1, autoscalerToV2 } from "./autoscaler-conversion.ts";
import { coreToEvents, eventsToCore } from "./event-conversion.ts";

type Conversion = (schema: SchemaRegistry, object: JsonObject) => JsonObject;

/** By kind, apiVersion from and apiVersion to. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  "Event v1 events.k8s.io/v1": (_schema, object) => coreToEvents(object),
  "Event events.k8s.io/v1 v1": (_schema, object) => eventsToCore(object),
  "HorizontalPodAutoscaler autoscaling/v2 autoscaling/v1": autoscalerToV1,
  "HorizontalPodAutoscaler autoscaling/v1 autoscaling/v2": autoscalerToV2,
};

/**
 * The object in another version; the same object where it is that version already. `object` is decoded and
 * normalised and is not changed; the result is normalised and may share parts with it.
 * Throws CodedError `UnknownKind`, or `NoConversion` where the versions differ and nobody knows how.
 */
export function convert(
  schema: SchemaRegistry,
  object: JsonObject,
  to: { readonly group: string; readonly version: string },
): JsonObject {
  const from = typeof object.apiVersion === "string" ? object.apiVersion : "";
  const kind = typeof object.kind === "string" ? object.kind : "";
  const target = apiVersionOf(to.group, to.version);
  if (from === target) return object;
  const source = parseApiVersion(from);
  const fromType = schema.typeOf({ group: source?.group ?? "", version: source?.version ?? "", kind });
  const type = schema.typeOf({ ...to, kind });
  const resolve = (ref: string) => schema.resolve(ref);
  const conversion = CONVERSIONS[`${kind} ${from} ${target}`];
  if (conversion !== undefined) {
    return checkObject(type, { ...conversion(schema, object), apiVersion: target }, resolve).object;
  }
  if (source?.group !== to.group || !isSameShape(schema, fromType, type, new Set())) {
    throw new CodedError("NoConversion", `${kind} can't be converted from ${from} to ${target}`);
  }
  return { ...object, apiVersion: target };
}

/** Whether the stored bytes of one version serve as the other with nothing but `apiVersion` changed. */
export function isSameShape(
  schema: SchemaRegistry,
  a: TypeTable,
  b: TypeTable,
  compared: Set<string>,
): boolean {
  const pair = `${a.name} ${b.name}`;
  if (a.name === b.name || compared.has(pair)) return true;
  compared.add(pair);
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field) => {
      const other = b.byName.get(field.name);
      return other !== undefined && isSameValue(schema, field.value, other.value, compared);
    })
  );
}

function isSameValue(schema: SchemaRegistry, a: ValueTable, b: ValueTable, compared: Set<string>): boolean {
  if (a.type !== b.type) return false;
  if (a.type === "struct")
    return isSameShape(schema, schema.resolve(a.ref!), schema.resolve(b.ref!), compared);
  return a.elem === undefined || b.elem === undefined || isSameValue(schema, a.elem, b.elem, compared);
}
