/**
 * CustomResourceDefinitions as a kube-apiserver stores them: still in apiextensions.k8s.io/v1beta1, where
 * what is the same for all versions may stand above them. The other way is never needed, since we store v1.
 */
import type { JsonObject, JsonValue, KubernetesObject } from "@quorate/object";

const V1BETA1 = "apiextensions.k8s.io/v1beta1";

/** The same definition in v1; any other object as it is. */
export function crdFromV1beta1(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion !== V1BETA1 || object.kind !== "CustomResourceDefinition") return object;
  const { spec } = object as KubernetesObject & { readonly spec?: JsonObject };
  const converted = spec ? { spec: specOf(spec) } : {};
  return { ...object, apiVersion: "apiextensions.k8s.io/v1", ...converted };
}

function specOf(spec: JsonObject): JsonObject {
  const { version, validation, subresources, additionalPrinterColumns, versions, conversion, ...rest } = spec;
  const { preserveUnknownFields, ...kept } = rest;
  const own = listOf(versions);
  const all = own.length > 0 ? own : [{ name: version ?? "", served: true, storage: true }];
  const shared = { validation, subresources, additionalPrinterColumns };
  return {
    ...kept,
    versions: all.map((one) => versionOf(one, shared)),
    ...(isObject(conversion) ? { conversion: conversionOf(conversion) } : {}),
    // v1beta1 keeps unknown fields where nothing is said, v1 does not.
    ...(preserveUnknownFields === false ? {} : { preserveUnknownFields: true }),
  };
}

interface Shared {
  readonly validation: JsonValue | undefined;
  readonly subresources: JsonValue | undefined;
  readonly additionalPrinterColumns: JsonValue | undefined;
}

function versionOf(version: JsonObject, shared: Shared): JsonObject {
  const { schema, subresources, additionalPrinterColumns, ...rest } = version;
  const validation = schema ?? shared.validation;
  const sub = subresources ?? shared.subresources;
  const columns = listOf(additionalPrinterColumns ?? shared.additionalPrinterColumns);
  return {
    ...rest,
    ...(validation === undefined ? {} : { schema: validation }),
    ...(sub === undefined ? {} : { subresources: sub }),
    ...(columns.length === 0 ? {} : { additionalPrinterColumns: columns.map(columnOf) }),
  };
}

function columnOf({ JSONPath, ...rest }: JsonObject): JsonObject {
  return JSONPath === undefined ? rest : { ...rest, jsonPath: JSONPath };
}

function conversionOf({ strategy, webhookClientConfig, conversionReviewVersions }: JsonObject): JsonObject {
  if (webhookClientConfig === undefined && conversionReviewVersions === undefined) {
    return { strategy: strategy ?? "None" };
  }
  const webhook = {
    ...(webhookClientConfig === undefined ? {} : { clientConfig: webhookClientConfig }),
    ...(conversionReviewVersions === undefined ? {} : { conversionReviewVersions }),
  };
  return { strategy: strategy ?? "None", webhook };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}
