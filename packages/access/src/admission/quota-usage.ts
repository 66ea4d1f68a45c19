/**
 * What an object costs of a quota, under every name that a quota may give it: `count/<resource>`,
 * `requests.cpu`, ...
 */
import {
  fieldOf,
  hasField,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
} from "@quorate/object";
import type { ResourceTable } from "@quorate/schema";
import { podResources, type Resources, resourcesIn } from "./resource-lists.ts";

const ONE = Quantity.ofInteger(1);
/** Kinds that are also counted under their plain name; pods are, too, but only while they run. */
const PLAIN: ReadonlySet<string> = new Set([
  ...["services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"],
  "persistentvolumeclaims",
]);
const STANDARD: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
/** What a request for all devices is counted as: more are never allocated to one claim. */
const DEVICES_MAX = 32;
const OVER: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

/** The usage of `object`; names that cost nothing are left out. */
export function usageOf(object: KubernetesObject, resource: ResourceTable): Resources {
  const { group, resource: name } = resource;
  const usage: Resources = new Map([[`count/${group === "" ? name : `${name}.${group}`}`, ONE]]);
  if (group === "resource.k8s.io" && name === "resourceclaims") addDevices(usage, object);
  if (group !== "") return usage;
  if (PLAIN.has(name)) usage.set(name, ONE);
  if (name === "pods") addPod(usage, object);
  else if (name === "services") addService(usage, object);
  else if (name === "persistentvolumeclaims") addClaim(usage, object);
  return usage;
}

function addPod(usage: Resources, pod: KubernetesObject): void {
  if (OVER.has(stringIn(pod.status, "phase"))) return;
  usage.set("pods", ONE);
  for (const [name, quantity] of podResources(pod, "requests")) {
    const isHuge = name.startsWith("hugepages-");
    if (STANDARD.has(name) || isHuge) usage.set(name, quantity);
    if (STANDARD.has(name) || isHuge || name.includes("/")) usage.set(`requests.${name}`, quantity);
  }
  for (const [name, quantity] of podResources(pod, "limits")) {
    if (STANDARD.has(name)) usage.set(`limits.${name}`, quantity);
  }
}

function addService(usage: Resources, service: KubernetesObject): void {
  const type = stringIn(service.spec, "type");
  const isBalanced = type === "LoadBalancer";
  if (isBalanced) usage.set("services.loadbalancers", ONE);
  if (!isBalanced && type !== "NodePort") return;
  const ports = objectsIn(service.spec, "ports");
  // A balancer without node ports of its own still has those that were given to it.
  const allocates = !isBalanced || fieldOf(service.spec, "allocateLoadBalancerNodePorts") !== false;
  const count = allocates ? ports.length : ports.filter((port) => numberIn(port, "nodePort") > 0).length;
  if (count > 0) usage.set("services.nodeports", Quantity.ofInteger(count));
}

/** Devices of each class; of a request that names several classes, the most that each could come to. */
function addDevices(usage: Resources, claim: KubernetesObject): void {
  const counts = new Map<string, number>();
  for (const request of objectsIn(objectIn(claim.spec, "devices"), "requests")) {
    const choices = objectsIn(request, "firstAvailable");
    if (choices.length === 0 && !hasField(request, "exactly")) continue;
    const most = new Map<string, number>();
    for (const choice of choices.length > 0 ? choices : [objectIn(request, "exactly")]) {
      const className = stringIn(choice, "deviceClassName");
      most.set(className, Math.max(most.get(className) ?? 0, devicesOf(choice)));
    }
    for (const [className, count] of most) counts.set(className, (counts.get(className) ?? 0) + count);
  }
  for (const [className, count] of counts) {
    usage.set(`${className}.deviceclass.resource.k8s.io/devices`, Quantity.ofInteger(count));
  }
}

function devicesOf(choice: JsonObject): number {
  const mode = stringIn(choice, "allocationMode");
  if (mode === "All") return DEVICES_MAX;
  return mode === "ExactCount" ? numberIn(choice, "count") : 0;
}

function addClaim(usage: Resources, claim: KubernetesObject): void {
  const className =
    claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ??
    (hasField(claim.spec, "storageClassName") ? stringIn(claim.spec, "storageClassName") : "");
  const storage = resourcesIn(claim.spec, "requests").get("storage");
  if (storage !== undefined) usage.set("requests.storage", storage);
  if (className === "") return;
  const prefix = `${className}.storageclass.storage.k8s.io/`;
  usage.set(`${prefix}persistentvolumeclaims`, ONE);
  if (storage !== undefined) usage.set(`${prefix}requests.storage`, storage);
}
