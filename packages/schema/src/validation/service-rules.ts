/** Rules of Services: types, ports, cluster IPs, what belongs to load balancers only. */
import {
  checkQualifiedName,
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { isExternallyAccessible } from "../strategy/service-strategy.ts";
import { Findings, POINTER } from "./findings.ts";
import { checkCidr, checkEndpointIp, checkIp, isIpv6 } from "./ip.ts";
import { withoutKept } from "./kept-values.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const TRAFFIC = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];

function isHeadless(spec: JsonObject): boolean {
  return stringsIn(spec, "clusterIPs")[0] === "None" || stringIn(spec, "clusterIP") === "None";
}

export function validateService(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const type = stringIn(spec, "type");
  const ports = objectsIn(spec, "ports");
  if (ports.length === 0 && !isHeadless(spec) && type !== "ExternalName") findings.required("spec.ports");
  validateTypeRules(spec, type, findings);
  validatePorts(spec, findings);
  findings.labels(stringMapIn(spec, "selector"), "spec.selector");
  validateAffinity(spec, findings);
  validateClusterIps(spec, findings);
  stringsIn(spec, "externalIPs").forEach((ip, index) => {
    const at = `spec.externalIPs[${index}]`;
    const before = findings.list.length;
    findings.text(at, ip, checkIp);
    if (findings.list.length === before) findings.text(at, ip, checkEndpointIp);
  });
  findings.oneOf(spec, "type", "spec", TYPES);
  validateNodePorts(ports, type, findings);
  validateLoadBalancer(spec, type, findings);
  validateRangesAnnotation(object, type, findings);
  validateTraffic(spec, findings);
  return findings.list;
}

function validateTypeRules(spec: JsonObject, type: string, findings: Findings): void {
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    const text = `may not be set to 'None' for ${type} services`;
    findings.invalid("spec.clusterIPs[0]", "None", text);
  }
  if (type !== "ExternalName") return;
  for (const key of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
    if (hasField(spec, key)) findings.forbidden(`spec.${key}`, "may not be set for ExternalName services");
  }
  const name = stringIn(spec, "externalName").replace(/\.$/, "");
  if (name === "") findings.required("spec.externalName");
  else findings.subdomain("spec.externalName", name);
}

function validatePorts(spec: JsonObject, findings: Findings): void {
  const ports = objectsIn(spec, "ports");
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const at = `spec.ports[${index}]`;
    const name = stringIn(port, "name");
    if (name === "") {
      if (ports.length > 1) findings.required(`${at}.name`);
    } else {
      findings.label(`${at}.name`, name);
      if (names.has(name)) findings.duplicate(`${at}.name`, name);
      names.add(name);
    }
    findings.portNumber(`${at}.port`, numberIn(port, "port"));
    findings.oneOf(port, "protocol", at, PROTOCOLS);
    findings.portNumberOrName(`${at}.targetPort`, fieldOf(port, "targetPort"));
    findings.pointedText(port, "appProtocol", at, checkQualifiedName);
  });
}

function validateAffinity(spec: JsonObject, findings: Findings): void {
  const affinity = stringIn(spec, "sessionAffinity");
  findings.oneOf(spec, "sessionAffinity", "spec", ["ClientIP", "None"]);
  const path = "spec.sessionAffinityConfig";
  if (affinity === "None" && hasField(spec, "sessionAffinityConfig")) {
    findings.forbidden(path, "must not be set when session affinity is None");
  }
  if (affinity !== "ClientIP") return;
  const client = objectIn(objectIn(spec, "sessionAffinityConfig"), "clientIP");
  const seconds = numberIn(client, "timeoutSeconds");
  if (!hasField(spec, "sessionAffinityConfig")) {
    findings.required(path, "when session affinity type is ClientIP");
  } else if (seconds <= 0 || seconds > 86_400) {
    const text = "must be greater than 0 and less than 86400";
    findings.invalid(`${path}.clientIP.timeoutSeconds`, seconds, text);
  }
}

function validateClusterIps(spec: JsonObject, findings: Findings): void {
  if (stringIn(spec, "type") === "ExternalName") return;
  const path = "spec.clusterIPs";
  const ip = stringIn(spec, "clusterIP");
  const ips = stringsIn(spec, "clusterIPs");
  if (ip === "") {
    if (ips.length > 0) findings.invalid(path, ips, "must be empty when `clusterIP` is not specified");
  } else if (ips.length === 0) findings.required(path);
  else if (ips[0] !== ip) findings.invalid(path, ips, "first value must match `clusterIP`");
  const seen = new Set<string>();
  stringsIn(spec, "ipFamilies").forEach((family, index) => {
    const at = `spec.ipFamilies[${index}]`;
    if (family !== "IPv4" && family !== "IPv6") findings.notSupported(at, family, ["IPv4", "IPv6"]);
    if (seen.has(family)) findings.duplicate(at, family);
    seen.add(family);
  });
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  findings.oneOf(spec, "ipFamilyPolicy", "spec", policies, POINTER);
  ips.forEach((value, index) => {
    if (index === 0 && value === "None") {
      if (ips.length > 1) findings.invalid(path, ips, "'None' must be the first and only value");
    } else findings.text(`${path}[${index}]`, value, checkIp);
  });
  if (ips.length > 2) findings.invalid(path, ips, "may only hold up to 2 values");
  if (ips.length === 2 && isIpv6(ips[0]!) === isIpv6(ips[1]!)) {
    findings.invalid(path, ips, "may specify no more than one IP for each IP family");
  }
}

function validateNodePorts(ports: readonly JsonObject[], type: string, findings: Findings): void {
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, index) => {
    const nodePort = numberIn(port, "nodePort");
    const path = `spec.ports[${index}].nodePort`;
    if (nodePort !== 0 && type === "ClusterIP") {
      findings.forbidden(path, "may not be used when `type` is 'ClusterIP'");
    }
  });
  ports.forEach((port, index) => {
    const nodePort = numberIn(port, "nodePort");
    const key = `${stringIn(port, "protocol")}/${nodePort}`;
    if (nodePort !== 0 && nodePorts.has(key)) findings.duplicate(`spec.ports[${index}].nodePort`, nodePort);
    nodePorts.add(key);
  });
  ports.forEach((port, index) => {
    const protocol = stringIn(port, "protocol");
    const number = numberIn(port, "port");
    const key = `${protocol}/${number}`;
    if (numbers.has(key)) {
      findings.duplicate(`spec.ports[${index}]`, { protocol, port: number, targetPort: 0 });
    }
    numbers.add(key);
  });
}

function validateLoadBalancer(spec: JsonObject, type: string, findings: Findings): void {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const ranges = stringsIn(spec, "loadBalancerSourceRanges");
  const path = "spec.LoadBalancerSourceRanges";
  if (ranges.length > 0 && type !== "LoadBalancer") findings.forbidden(path, only);
  ranges.forEach((range, index) => {
    findings.text(`${path}[${index}]`, range.trim(), checkCidr);
  });
  if (hasField(spec, "allocateLoadBalancerNodePorts") && type !== "LoadBalancer") {
    findings.forbidden("spec.allocateLoadBalancerNodePorts", only);
  }
  if (!hasField(spec, "loadBalancerClass")) return;
  if (type === "LoadBalancer") {
    findings.qualifiedName("spec.loadBalancerClass", stringIn(spec, "loadBalancerClass"));
  } else findings.forbidden("spec.loadBalancerClass", only);
}

const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";

/** The older place of the source ranges, which counts where the field is empty. */
function validateRangesAnnotation(
  { metadata, spec }: KubernetesObject,
  type: string,
  findings: Findings,
): void {
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  if (annotation === undefined || stringsIn(spec, "loadBalancerSourceRanges").length > 0) return;
  const path = `metadata.annotations[${SOURCE_RANGES}]`;
  if (type !== "LoadBalancer") findings.forbidden(path, "may only be used when `type` is 'LoadBalancer'");
  if (annotation.trim() === "") return;
  for (const range of annotation.split(",")) findings.text(path, range.trim(), checkCidr);
}

/** Load balancers with local traffic are probed on a node port. */
function needsHealthCheck(spec: JsonObject): boolean {
  return stringIn(spec, "type") === "LoadBalancer" && stringIn(spec, "externalTrafficPolicy") === "Local";
}

function validateTraffic(spec: JsonObject, findings: Findings): void {
  const policy = stringIn(spec, "externalTrafficPolicy");
  if (isExternallyAccessible(spec)) findings.oneOf(spec, "externalTrafficPolicy", "spec", TRAFFIC);
  else if (policy !== "") {
    const text = "may only be set for externally-accessible services";
    findings.invalid("spec.externalTrafficPolicy", policy, text);
  }
  const port = numberIn(spec, "healthCheckNodePort");
  if (needsHealthCheck(spec)) {
    if (port !== 0) findings.portNumber("spec.healthCheckNodePort", port);
  } else if (port !== 0) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    findings.invalid("spec.healthCheckNodePort", port, text);
  }
  findings.oneOf(spec, "internalTrafficPolicy", "spec", TRAFFIC, POINTER);
  findings.oneOf(spec, "trafficDistribution", "spec", DISTRIBUTIONS, POINTER);
}

export function validateServiceUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = next.spec ?? {};
  const old = current.spec ?? {};
  if (stringIn(spec, "type") !== "ExternalName" && stringIn(old, "type") !== "ExternalName") {
    validateIpsUpdate(spec, old, findings);
  }
  const bothBalance = stringIn(spec, "type") === "LoadBalancer" && stringIn(old, "type") === "LoadBalancer";
  if (bothBalance && !jsonEqual(fieldOf(spec, "loadBalancerClass"), fieldOf(old, "loadBalancerClass"))) {
    const value = fieldOf(spec, "loadBalancerClass") ?? null;
    findings.invalid("spec.loadBalancerClass", value, "may not change once set");
  }
  const bothChecked = needsHealthCheck(spec) && needsHealthCheck(old);
  if (bothChecked && numberIn(spec, "healthCheckNodePort") !== numberIn(old, "healthCheckNodePort")) {
    findings.forbidden("spec.healthCheckNodePort", "field is immutable");
  }
  const { metadata } = next;
  const isOldAnnotation =
    metadata.annotations?.[SOURCE_RANGES] === current.metadata.annotations?.[SOURCE_RANGES];
  const kept = new Set([
    ...stringsIn(old, "externalIPs"),
    ...stringsIn(old, "clusterIPs"),
    ...stringsIn(old, "loadBalancerSourceRanges").map((range) => range.trim()),
    ...(isOldAnnotation
      ? (metadata.annotations?.[SOURCE_RANGES] ?? "").split(",").map((one) => one.trim())
      : []),
  ]);
  return [...findings.list, ...withoutKept(validateService(next), kept)];
}

/** The first address of each family never changes; the second may come and go. */
function validateIpsUpdate(spec: JsonObject, old: JsonObject, findings: Findings): void {
  if (isHeadless(old) && isHeadless(spec)) return;
  const ips = stringsIn(spec, "clusterIPs");
  const before = stringsIn(old, "clusterIPs");
  if (before.length > 0 && ips.length === 0) {
    findings.invalid("spec.clusterIPs[0]", ips, "primary clusterIP can not be unset");
    return;
  }
  for (const [index, ip] of before.entries()) {
    if (index >= ips.length) break;
    if (ips[index] !== ip) findings.invalid(`spec.clusterIPs[${index}]`, ips, "may not change once set");
  }
  if (before.length > ips.length && ips.length === 1 && stringIn(spec, "ipFamilyPolicy") !== "SingleStack") {
    const text = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    findings.invalid("spec.ipFamilyPolicy", fieldOf(spec, "ipFamilyPolicy") ?? null, text);
  }
}
