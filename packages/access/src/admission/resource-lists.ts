/** Sums and maxima of resource lists (`{ cpu: "100m", memory: "1Gi" }`), and what a whole pod asks for. */
import {
  type JsonObject,
  type KubernetesObject,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
  stringMapIn,
} from "@quorate/object";

/** Quantities by resource name. */
export type Resources = Map<string, Quantity>;
/** Which half of a container's resources. */
export type Half = "requests" | "limits";

const POD_LEVEL: ReadonlySet<string> = new Set(["cpu", "memory"]);

/** The quantities of a decoded resource list. */
export function resourcesOf(list: Readonly<Record<string, string>>): Resources {
  return new Map(Object.entries(list).map(([name, value]) => [name, Quantity.parse(value)]));
}

/** The requests or limits of a container (or of a claim's spec). */
export function resourcesIn(owner: JsonObject | undefined, half: Half): Resources {
  return resourcesOf(stringMapIn(objectIn(owner, "resources"), half));
}

/** Adds `other` to `into`, resource by resource. */
export function addAll(into: Resources, other: Resources): void {
  for (const [name, quantity] of other) into.set(name, into.get(name)?.add(quantity) ?? quantity);
}

/** Raises `into` to `other`, resource by resource. */
export function raiseTo(into: Resources, other: Resources): void {
  for (const [name, quantity] of other) {
    const own = into.get(name);
    if (own === undefined || own.compare(quantity) < 0) into.set(name, quantity);
  }
}

/**
 * What a pod asks for: the sum of its containers, or the most that an init container needs where that is
 * more. Init containers that go on running count with the containers and beside the init containers after
 * them.
 */
export function podResources(pod: KubernetesObject, half: Half): Resources {
  const total: Resources = new Map();
  for (const container of objectsIn(pod.spec, "containers")) addAll(total, resourcesIn(container, half));
  const sidecars: Resources = new Map();
  const most: Resources = new Map();
  for (const container of objectsIn(pod.spec, "initContainers")) {
    const own = resourcesIn(container, half);
    if (stringIn(container, "restartPolicy") === "Always") {
      addAll(total, own);
      addAll(sidecars, own);
      raiseTo(most, sidecars);
    } else {
      addAll(own, sidecars);
      raiseTo(most, own);
    }
  }
  raiseTo(total, most);
  for (const [name, quantity] of resourcesIn(pod.spec, half))
    if (POD_LEVEL.has(name)) total.set(name, quantity);
  return total;
}
