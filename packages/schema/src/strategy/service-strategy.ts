/**
 * Services: values that the server has allocated survive an update that leaves them out, values that the new type has
 * no use for are dropped unless the client changed them. The allocation itself is the registry's.
 */
import {
  fieldOf,
  isTrueIn,
  type JsonObject,
  jsonEqual,
  numberIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import type { KindRules } from "./kind-rules.ts";
import { ownPart } from "./own-part.ts";

export const serviceStrategy: KindRules = {
  prepareCreate(service) {
    const spec = ownPart(service, "spec");
    const ip = stringIn(spec, "clusterIP");
    if (ip !== "" && stringsIn(spec, "clusterIPs").length === 0) spec.clusterIPs = [ip];
  },

  prepareUpdate(next, current) {
    const spec = ownPart(next, "spec");
    const old = current.spec ?? {};
    keepAllocated(spec, old);
    syncClusterIps(spec, old);
    dropUnused(spec, old);
    if (stringIn(spec, "type") !== "LoadBalancer") next.status = { ...next.status, loadBalancer: {} };
  },
};

function needsClusterIp(spec: JsonObject): boolean {
  return stringIn(spec, "type") !== "ExternalName";
}

/** Whether the service is reached on a port of every node. */
export function needsNodePort(spec: JsonObject): boolean {
  const type = stringIn(spec, "type");
  return type === "NodePort" || type === "LoadBalancer";
}

/** Whether load balancers probe the service on a node port of its own. */
export function needsHealthPort(spec: JsonObject): boolean {
  return stringIn(spec, "type") === "LoadBalancer" && stringIn(spec, "externalTrafficPolicy") === "Local";
}

/** Whether traffic from outside the cluster reaches the service. */
export function isExternallyAccessible(spec: JsonObject): boolean {
  const type = stringIn(spec, "type");
  return (
    type === "LoadBalancer" ||
    type === "NodePort" ||
    (type === "ClusterIP" && stringsIn(spec, "externalIPs").length > 0)
  );
}

function keepAllocated(spec: JsonObject, old: JsonObject): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (stringIn(spec, "clusterIP") === "") spec.clusterIP = old.clusterIP;
    if (stringsIn(spec, "clusterIPs").length === 0 && spec.clusterIP === old.clusterIP) {
      spec.clusterIPs = old.clusterIPs;
    }
  }
  if (needsNodePort(old) && needsNodePort(spec)) keepNodePorts(spec, old);
  if (needsHealthPort(old) && needsHealthPort(spec) && !numberIn(spec, "healthCheckNodePort")) {
    spec.healthCheckNodePort = old.healthCheckNodePort;
  }
}

/** Node ports stay with the same protocol and port, unless another port of the new spec asks for them. */
function keepNodePorts(spec: JsonObject, old: JsonObject): void {
  const identity = (port: JsonObject) => `${stringIn(port, "protocol")}/${numberIn(port, "port")}`;
  const allocated = new Map(
    objectsIn(old, "ports").map((port) => [identity(port), numberIn(port, "nodePort")]),
  );
  const taken = (port: JsonObject, nodePort: number) => `${stringIn(port, "protocol")}/${nodePort}`;
  const used = new Set(objectsIn(spec, "ports").map((port) => taken(port, numberIn(port, "nodePort"))));
  for (const port of objectsIn(spec, "ports")) {
    const nodePort = allocated.get(identity(port)) ?? 0;
    if (numberIn(port, "nodePort") !== 0 || nodePort === 0 || used.has(taken(port, nodePort))) continue;
    port.nodePort = nodePort;
    used.add(taken(port, nodePort));
  }
}

/** A client that knows only clusterIP changes both. */
function syncClusterIps(spec: JsonObject, old: JsonObject): void {
  const ip = stringIn(spec, "clusterIP");
  if (ip === stringIn(old, "clusterIP")) return;
  const ips = stringsIn(spec, "clusterIPs");
  if (ips.length > 0 && !jsonEqual(ips, stringsIn(old, "clusterIPs"))) return;
  if (ip === "") delete spec.clusterIPs;
  else spec.clusterIPs = [ip];
}

function dropUnused(spec: JsonObject, old: JsonObject): void {
  const same = (key: string) => jsonEqual(fieldOf(spec, key), fieldOf(old, key));
  const dropSame = (key: string) => {
    if (same(key)) delete spec[key];
  };
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (same("clusterIP") && same("clusterIPs")) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    dropSame("ipFamilies");
    dropSame("ipFamilyPolicy");
  }
  if (needsNodePort(old) && !needsNodePort(spec)) dropNodePorts(spec, old);
  if (needsHealthPort(old) && !needsHealthPort(spec)) dropSame("healthCheckNodePort");
  if (stringIn(old, "type") === "LoadBalancer" && stringIn(spec, "type") !== "LoadBalancer") {
    if (isTrueIn(old, "allocateLoadBalancerNodePorts") || same("allocateLoadBalancerNodePorts")) {
      dropSame("allocateLoadBalancerNodePorts");
    }
    dropSame("loadBalancerClass");
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) dropSame("externalTrafficPolicy");
}

function dropNodePorts(spec: JsonObject, old: JsonObject): void {
  const known = new Set(objectsIn(old, "ports").map((port) => numberIn(port, "nodePort")));
  const ports = objectsIn(spec, "ports");
  if (ports.some((port) => numberIn(port, "nodePort") !== 0 && !known.has(numberIn(port, "nodePort"))))
    return;
  for (const port of ports) delete port.nodePort;
}
