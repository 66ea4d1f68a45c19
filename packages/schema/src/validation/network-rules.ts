/** Rules of Ingress, IngressClass, NetworkPolicy, Endpoints and EndpointSlices. */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPathSegment,
  checkPortName,
  checkQualifiedName,
  checkWildcardSubdomain,
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { Findings, POINTER } from "./findings.ts";
import {
  checkCanonicalIp,
  checkCidr,
  checkEndpointIp,
  checkIp,
  isIpv4,
  isIpv6,
  isStrictSubnet,
  parseCidr,
  parseIp,
} from "./ip.ts";
import { withoutKept } from "./kept-values.ts";
import { validateSelectorIn } from "./label-selector-rules.ts";

const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export function validateIngress(object: KubernetesObject): FieldError[] {
  const findings = validateIngressSpec(object);
  const annotation = object.metadata.annotations?.[CLASS_ANNOTATION];
  const name = stringIn(object.spec, "ingressClassName");
  if (annotation !== undefined && hasField(object.spec, "ingressClassName") && annotation !== name) {
    const text = "must match `ingressClassName` when both are specified";
    findings.invalid(`metadata.annotations[${CLASS_ANNOTATION}]`, annotation, text);
  }
  return findings.list;
}

export function validateIngressUpdate(next: KubernetesObject): FieldError[] {
  return validateIngressSpec(next).list;
}

function validateIngressSpec(object: KubernetesObject): Findings {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const rules = objectsIn(spec, "rules");
  if (rules.length === 0 && !hasField(spec, "defaultBackend")) {
    const value = fieldOf(spec, "rules") ?? null;
    findings.invalid("spec", value, "either `defaultBackend` or `rules` must be specified");
  }
  if (hasField(spec, "defaultBackend")) {
    validateBackend(objectIn(spec, "defaultBackend"), "spec.defaultBackend", findings);
  }
  rules.forEach((rule, index) => {
    validateIngressRule(rule, `spec.rules[${index}]`, findings);
  });
  objectsIn(spec, "tls").forEach((tls, index) => {
    const at = `spec.tls[${index}]`;
    stringsIn(tls, "hosts").forEach((host, hostIndex) => {
      validateHost(host, `${at}.hosts[${hostIndex}]`, findings);
    });
    findings.optionalText(tls, "secretName", at, checkDns1123Subdomain);
  });
  findings.pointedText(spec, "ingressClassName", "spec", checkDns1123Subdomain);
  return findings;
}

function validateHost(host: string, field: string, findings: Findings): void {
  findings.text(field, host, host.includes("*") ? checkWildcardSubdomain : checkDns1123Subdomain);
}

function validateIngressRule(rule: JsonObject, field: string, findings: Findings): void {
  const host = stringIn(rule, "host");
  if (host !== "") {
    if (parseIp(host)) findings.invalid(`${field}.host`, host, "must be a DNS name, not an IP address");
    validateHost(host, `${field}.host`, findings);
  }
  if (!hasField(rule, "http")) return;
  const paths = objectsIn(objectIn(rule, "http"), "paths");
  if (paths.length === 0) findings.required(`${field}.http.paths`);
  paths.forEach((path, index) => {
    validatePath(path, `${field}.http.paths[${index}]`, findings);
  });
}

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_SUFFIXES = ["/..", "/."];

function validatePath(item: JsonObject, field: string, findings: Findings): void {
  const type = stringIn(item, "pathType");
  const path = stringIn(item, "path");
  const absolute = "must be an absolute path";
  if (!hasField(item, "pathType")) {
    findings.required(`${field}.pathType`, "pathType must be specified");
    return;
  }
  if (type === "Exact" || type === "Prefix") {
    if (!path.startsWith("/")) findings.invalid(`${field}.path`, path, absolute);
    for (const bad of BAD_SEQUENCES) {
      if (path.includes(bad)) findings.invalid(`${field}.path`, path, `must not contain '${bad}'`);
    }
    for (const bad of BAD_SUFFIXES) {
      if (path.endsWith(bad)) findings.invalid(`${field}.path`, path, `cannot end with '${bad}'`);
    }
  } else if (type === "ImplementationSpecific") {
    if (path !== "" && !path.startsWith("/")) findings.invalid(`${field}.path`, path, absolute);
  } else findings.notSupported(`${field}.pathType`, type, PATH_TYPES);
  validateBackend(objectIn(item, "backend"), `${field}.backend`, findings);
}

function validateBackend(backend: JsonObject, field: string, findings: Findings): void {
  const byService = hasField(backend, "service");
  const byResource = hasField(backend, "resource");
  if (byService && byResource) {
    findings.invalid(field, "", "cannot set both resource and service backends");
  } else if (byResource) {
    const resource = objectIn(backend, "resource");
    findings.pointedText(resource, "apiGroup", `${field}.resource`, checkDns1123Subdomain);
    findings.requiredText(resource, "kind", `${field}.resource`, checkPathSegment);
    findings.requiredText(resource, "name", `${field}.resource`, checkPathSegment);
  } else if (byService) {
    const service = objectIn(backend, "service");
    const port = objectIn(service, "port");
    const name = stringIn(service, "name");
    if (name === "") findings.required(`${field}.service.name`);
    else findings.label(`${field}.service.name`, name);
    const portName = stringIn(port, "name");
    const number = numberIn(port, "number");
    if (portName !== "" && number !== 0) {
      findings.invalid(field, "", "cannot set both port name & port number");
    } else if (portName !== "") findings.text(`${field}.service.port.name`, portName, checkPortName);
    else if (number !== 0) findings.portNumber(`${field}.service.port.number`, number);
    else findings.required(field, "port name or number is required");
  } else findings.invalid(field, "", "resource or service backend is required");
}

const CONTROLLER_MAX = 250;

export function validateIngressClass(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const controller = stringIn(object.spec, "controller");
  if (controller.length > CONTROLLER_MAX) findings.tooLong("spec.controller", CONTROLLER_MAX);
  if (controller === "") findings.required("spec.controller");
  else if (!/^[^/]+\/.+$/.test(controller)) {
    const text = 'must be a domain-prefixed path (such as "acme.io/foo")';
    findings.invalid("spec.controller", controller, text);
  } else findings.subdomain("spec.controller", controller.slice(0, controller.indexOf("/")));
  if (!hasField(object.spec, "parameters")) return findings.list;
  const parameters = objectIn(object.spec, "parameters");
  const path = "spec.parameters";
  findings.pointedText(parameters, "apiGroup", path, checkDns1123Subdomain);
  findings.requiredText(parameters, "kind", path, checkPathSegment);
  findings.requiredText(parameters, "name", path, checkPathSegment);
  const scope = stringIn(parameters, "scope");
  findings.oneOf(parameters, "scope", path, ["Cluster", "Namespace"], { pointer: true });
  const hasNamespace = hasField(parameters, "namespace");
  if (scope === "Namespace" && !hasNamespace) {
    findings.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'");
  }
  if (scope === "Namespace") findings.pointedText(parameters, "namespace", path, checkDns1123Label);
  if (scope === "Cluster" && hasNamespace) {
    findings.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
  }
  return findings.list;
}

export function validateIngressClassUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.immutable(
    stringIn(next.spec, "controller"),
    stringIn(current.spec, "controller"),
    "spec.controller",
  );
  return [...findings.list, ...validateIngressClass(next)];
}

export function validateNetworkPolicy(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  validateSelectorIn(spec, "podSelector", "spec", findings);
  for (const [direction, peers] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    objectsIn(spec, direction).forEach((rule, index) => {
      const at = `spec.${direction}[${index}]`;
      objectsIn(rule, "ports").forEach((port, portIndex) => {
        validatePolicyPort(port, `${at}.ports[${portIndex}]`, findings);
      });
      objectsIn(rule, peers).forEach((peer, peerIndex) => {
        validatePeer(peer, `${at}.${peers}[${peerIndex}]`, findings);
      });
    });
  }
  const types = stringsIn(spec, "policyTypes");
  if (types.length > 2) {
    findings.invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
    return findings.list;
  }
  types.forEach((type, index) => {
    if (type === "Ingress" || type === "Egress") return;
    findings.notSupported(`spec.policyTypes[${index}]`, type, ["Ingress", "Egress"]);
  });
  return findings.list;
}

function validatePolicyPort(port: JsonObject, field: string, findings: Findings): void {
  findings.oneOf(port, "protocol", field, ["TCP", "UDP", "SCTP"], POINTER);
  const number = fieldOf(port, "port");
  const end = fieldOf(port, "endPort");
  if (number === undefined) {
    if (end !== undefined) {
      findings.invalid(`${field}.endPort`, end, "may not be specified when `port` is not specified");
    }
    return;
  }
  findings.portNumberOrName(`${field}.port`, number);
  if (end === undefined) return;
  if (typeof number === "string") {
    findings.invalid(`${field}.endPort`, end, "may not be specified when `port` is non-numeric");
    return;
  }
  if (Number(end) < Number(number)) {
    findings.invalid(`${field}.endPort`, end, "must be greater than or equal to `port`");
  }
  findings.portNumber(`${field}.endPort`, Number(end));
}

/** As on create, but that networks which the policy had may stay. */
export function validateNetworkPolicyUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const blocks = ["ingress", "egress"].flatMap((direction) =>
    objectsIn(current.spec, direction).flatMap((rule) =>
      objectsIn(rule, direction === "ingress" ? "from" : "to").map((peer) => objectIn(peer, "ipBlock")),
    ),
  );
  const kept = new Set(blocks.flatMap((block) => [stringIn(block, "cidr"), ...stringsIn(block, "except")]));
  return withoutKept(validateNetworkPolicy(next), kept);
}

function validatePeer(peer: JsonObject, field: string, findings: Findings): void {
  const count = findings.countSet(peer, ["podSelector", "namespaceSelector", "ipBlock"]);
  validateSelectorIn(peer, "podSelector", field, findings);
  validateSelectorIn(peer, "namespaceSelector", field, findings);
  if (hasField(peer, "ipBlock")) validateIpBlock(objectIn(peer, "ipBlock"), `${field}.ipBlock`, findings);
  if (count === 0) findings.required(field, "must specify a peer");
  else if (count > 1 && hasField(peer, "ipBlock")) {
    findings.forbidden(field, "may not specify both ipBlock and another peer");
  }
}

function validateIpBlock(block: JsonObject, field: string, findings: Findings): void {
  const cidr = stringIn(block, "cidr");
  if (cidr === "") {
    findings.required(`${field}.cidr`);
    return;
  }
  findings.text(`${field}.cidr`, cidr, checkCidr);
  const outer = parseCidr(cidr);
  stringsIn(block, "except").forEach((except, index) => {
    const at = `${field}.except[${index}]`;
    findings.text(at, except, checkCidr);
    const inner = parseCidr(except);
    if (outer && inner && !isStrictSubnet(inner, outer)) {
      findings.invalid(at, except, "must be a strict subset of `cidr`");
    }
  });
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

export function validateEndpoints(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  objectsIn(object, "subsets").forEach((subset, index) => {
    const at = `subsets[${index}]`;
    const ready = objectsIn(subset, "addresses");
    const notReady = objectsIn(subset, "notReadyAddresses");
    if (ready.length + notReady.length === 0) {
      findings.required(at, "must specify `addresses` or `notReadyAddresses`");
    }
    for (const [key, addresses] of [
      ["addresses", ready],
      ["notReadyAddresses", notReady],
    ] as const) {
      addresses.forEach((address, addressIndex) => {
        const path = `${at}.${key}[${addressIndex}]`;
        const ip = stringIn(address, "ip");
        findings.text(`${path}.ip`, ip, checkIp);
        if (stringIn(address, "hostname")) findings.label(`${path}.hostname`, stringIn(address, "hostname"));
        findings.pointedText(address, "nodeName", path, checkDns1123Subdomain);
        findings.text(`${path}.ip`, ip, checkEndpointIp);
      });
    }
    const ports = objectsIn(subset, "ports");
    ports.forEach((port, portIndex) => {
      const path = `${at}.ports[${portIndex}]`;
      const name = stringIn(port, "name");
      if (name === "") {
        if (ports.length > 1) findings.required(`${path}.name`);
      } else findings.label(`${path}.name`, name);
      findings.portNumber(`${path}.port`, numberIn(port, "port"));
      findings.oneOf(port, "protocol", path, PROTOCOLS);
      findings.pointedText(port, "appProtocol", path, checkQualifiedName);
    });
  });
  return findings.list;
}

const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20_000;

export function validateEndpointSlice(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const type = stringIn(object, "addressType");
  if (type === "") findings.required("addressType");
  else if (!["FQDN", "IPv4", "IPv6"].includes(type)) {
    findings.notSupported("addressType", type, ["FQDN", "IPv4", "IPv6"]);
  }
  validateSlicePorts(objectsIn(object, "ports"), findings);
  const endpoints = objectsIn(object, "endpoints");
  if (endpoints.length > ENDPOINTS_MAX) findings.tooMany("endpoints", endpoints.length, ENDPOINTS_MAX);
  endpoints.forEach((endpoint, index) => {
    const at = `endpoints[${index}]`;
    const addresses = stringsIn(endpoint, "addresses");
    if (addresses.length === 0) findings.required(`${at}.addresses`);
    if (addresses.length > ADDRESSES_MAX)
      findings.tooMany(`${at}.addresses`, addresses.length, ADDRESSES_MAX);
    addresses.forEach((address, addressIndex) => {
      validateSliceAddress(address, type, `${at}.addresses[${addressIndex}]`, findings);
    });
    findings.pointedText(endpoint, "nodeName", at, checkDns1123Subdomain);
    findings.pointedText(endpoint, "hostname", at, checkDns1123Label);
    validateHints(objectIn(endpoint, "hints"), `${at}.hints`, findings);
  });
  return findings.list;
}

const HINTS_MAX = 8;

/** Zones are labels' values, nodes are names; each stands once. */
function validateHints(hints: JsonObject, field: string, findings: Findings): void {
  for (const [key, check] of [
    ["forZones", checkLabelValue],
    ["forNodes", checkDns1123Subdomain],
  ] as const) {
    const list = objectsIn(hints, key);
    const path = `${field}.${key}`;
    if (list.length > HINTS_MAX) {
      findings.tooMany(path, list.length, HINTS_MAX);
      continue;
    }
    const names = new Set<string>();
    list.forEach((hint, index) => {
      const name = stringIn(hint, "name");
      if (names.has(name)) findings.duplicate(`${path}[${index}].name`, name);
      names.add(name);
      findings.text(`${path}[${index}].name`, name, check);
    });
  }
}

function validateSliceAddress(address: string, type: string, field: string, findings: Findings): void {
  if (type === "FQDN") findings.subdomain(field, address);
  if (type !== "IPv4" && type !== "IPv6") return;
  const found = type === "IPv4" ? checkIp(address) : checkCanonicalIp(address);
  for (const text of found) findings.invalid(field, address, text);
  if (found.length > 0) return;
  const isFitting = type === "IPv4" ? isIpv4(address) : isIpv6(address);
  // Compat: this finding names the list, not the address in it.
  if (!isFitting)
    findings.invalid(field.slice(0, field.lastIndexOf("[")), address, `must be an ${type} address`);
  findings.text(field, address, checkEndpointIp);
}

function validateSlicePorts(ports: readonly JsonObject[], findings: Findings): void {
  if (ports.length > PORTS_MAX) findings.tooMany("ports", ports.length, PORTS_MAX);
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const at = `ports[${index}]`;
    const name = stringIn(port, "name");
    if (name !== "") findings.label(`${at}.name`, name);
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    names.add(name);
    findings.oneOf(port, "protocol", at, PROTOCOLS, { pointer: true });
    findings.pointedText(port, "appProtocol", at, checkQualifiedName);
  });
}

export function validateEndpointSliceUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.immutable(stringIn(next, "addressType"), stringIn(current, "addressType"), "addressType");
  return [...validateEndpointSlice(next), ...findings.list];
}
