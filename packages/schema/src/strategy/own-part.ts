/** The spec or status of an object to write to, made where it is absent. */
import type { JsonObject, KubernetesObject } from "@quorate/object";

export function ownPart(object: KubernetesObject, part: "spec" | "status"): JsonObject {
  object[part] ??= {};
  return object[part];
}
