/** The quality-of-service class of a pod, computed once when it is created. */
import { hasField, type JsonObject, objectIn, objectsIn, Quantity } from "@quorate/object";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const COUNTED = ["cpu", "memory"] as const;

/** Pod-level resources decide where they are set, else all containers together. */
export function qosClassOf(spec: JsonObject): QosClass {
  const podLevel = objectIn(spec, "resources");
  if (hasCounted(podLevel, "requests") || hasCounted(podLevel, "limits")) return classOf(podLevel);
  let qos: QosClass | undefined;
  for (const list of ["initContainers", "containers"]) {
    for (const container of objectsIn(spec, list)) {
      const next = classOf(objectIn(container, "resources"));
      if (next === "Burstable" || (qos !== undefined && qos !== next)) return "Burstable";
      qos = next;
    }
  }
  return qos ?? "BestEffort";
}

function hasCounted(resources: JsonObject, part: string): boolean {
  const values = objectIn(resources, part);
  return COUNTED.some((name) => hasField(values, name));
}

function classOf(resources: JsonObject): QosClass {
  const cpu = classOfResource(resources, "cpu");
  const memory = classOfResource(resources, "memory");
  return cpu === memory ? cpu : "Burstable";
}

/** Equal and not zero is Guaranteed, both zero BestEffort. */
function classOfResource(resources: JsonObject, name: string): QosClass {
  const request = amount(resources, "requests", name);
  const limit = amount(resources, "limits", name);
  if (request.compare(limit) !== 0) return "Burstable";
  return request.sign === 0 ? "BestEffort" : "Guaranteed";
}

function amount(resources: JsonObject, part: string, name: string): Quantity {
  const text = objectIn(resources, part)[name];
  return typeof text === "string" || typeof text === "number" ? Quantity.parse(text) : Quantity.zero;
}
