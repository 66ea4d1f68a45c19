/** Defaults of the core kinds other than pods. */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, fillZero, isEmptyAt, listAt, objectAt, objectOrNew } from "./defaulter.ts";

const CLIENT_IP_AFFINITY_SECONDS = 10_800;

function replicationController(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  const template = objectAt(spec, "template");
  const labels = template && objectAt(objectAt(template, "metadata") ?? {}, "labels");
  if (labels === undefined) return;
  if (isEmptyAt(spec, "selector")) spec.selector = { ...labels };
  const metadata = objectOrNew(object, "metadata");
  if (isEmptyAt(metadata, "labels")) metadata.labels = { ...labels };
}

function service(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  sessionAffinity(spec);
  fillZero(spec, "type", "ClusterIP");
  for (const port of listAt(spec, "ports")) {
    fillZero(port, "protocol", "TCP");
    fillZero(port, "targetPort", port.port ?? 0);
  }
  if (isExternallyAccessible(spec)) fillZero(spec, "externalTrafficPolicy", "Cluster");
  if (spec.type !== "ExternalName" && isKnownType(spec.type))
    fillNil(spec, "internalTrafficPolicy", "Cluster");
  if (spec.type !== "LoadBalancer") return;
  fillNil(spec, "allocateLoadBalancerNodePorts", true);
  const balancer = objectAt(objectAt(object, "status") ?? {}, "loadBalancer");
  for (const ingress of listAt(balancer ?? {}, "ingress")) if (ingress.ip) fillNil(ingress, "ipMode", "VIP");
}

function sessionAffinity(spec: JsonObject): void {
  fillZero(spec, "sessionAffinity", "None");
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== "ClientIP") return;
  const clientIp = objectAt(objectAt(spec, "sessionAffinityConfig") ?? {}, "clientIP");
  if (clientIp?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: CLIENT_IP_AFFINITY_SECONDS } };
  }
}

function isKnownType(type: unknown): boolean {
  return type === "NodePort" || type === "LoadBalancer" || type === "ClusterIP";
}

function isExternallyAccessible(spec: JsonObject): boolean {
  if (spec.type === "LoadBalancer" || spec.type === "NodePort") return true;
  return spec.type === "ClusterIP" && !isEmptyAt(spec, "externalIPs");
}

function persistentVolume(object: JsonObject): void {
  fillZero(objectOrNew(object, "status"), "phase", "Pending");
  const spec = objectOrNew(object, "spec");
  fillZero(spec, "persistentVolumeReclaimPolicy", "Retain");
  fillNil(spec, "volumeMode", "Filesystem");
}

function namespace(object: JsonObject): void {
  const metadata = objectOrNew(object, "metadata");
  if (metadata.name) objectOrNew(metadata, "labels")["kubernetes.io/metadata.name"] = metadata.name;
}

function nodeStatus(status: JsonObject): void {
  const capacity = objectAt(status, "capacity");
  if (capacity !== undefined) fillNil(status, "allocatable", { ...capacity });
}

/** The list of ranges and the single one are kept in step; the single one wins. */
function nodeSpec(spec: JsonObject): void {
  const ranges = Array.isArray(spec.podCIDRs) ? spec.podCIDRs : [];
  if (spec.podCIDR && ranges[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && ranges[0]) spec.podCIDR = ranges[0];
}

/** Container limits: max gives the default, the default gives the default request, min fills the rest. */
function limitRangeItem(item: JsonObject): void {
  if (item.type !== "Container") return;
  const limits = { ...objectAt(item, "max"), ...objectAt(item, "default") };
  const requests = { ...objectAt(item, "min"), ...limits, ...objectAt(item, "defaultRequest") };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

/** Defaulters of the other core kinds, by model. */
export const coreDefaults: Defaulters = {
  "io.k8s.api.core.v1.ReplicationController": replicationController,
  "io.k8s.api.core.v1.Service": service,
  "io.k8s.api.core.v1.Secret": (object) => fillZero(object, "type", "Opaque"),
  "io.k8s.api.core.v1.PersistentVolume": persistentVolume,
  "io.k8s.api.core.v1.PersistentVolumeClaim": (object) =>
    fillZero(objectOrNew(object, "status"), "phase", "Pending"),
  "io.k8s.api.core.v1.PersistentVolumeClaimSpec": (object) => fillNil(object, "volumeMode", "Filesystem"),
  "io.k8s.api.core.v1.EndpointPort": (object) => fillZero(object, "protocol", "TCP"),
  "io.k8s.api.core.v1.Namespace": namespace,
  "io.k8s.api.core.v1.NamespaceStatus": (object) => fillZero(object, "phase", "Active"),
  "io.k8s.api.core.v1.NodeSpec": nodeSpec,
  "io.k8s.api.core.v1.NodeStatus": nodeStatus,
  "io.k8s.api.core.v1.LimitRangeItem": limitRangeItem,
};
