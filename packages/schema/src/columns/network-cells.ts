/** Rows of the kinds that lead traffic: addresses, hosts and ports, cut where they get long. */
import {
  fieldOf,
  formatLabelSelector,
  hasField,
  type JsonObject,
  type KubernetesObject,
  type LabelSelectorSpec,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import { ageCell, type CellPrinter, formatLabels, listWithMore, nameOf, or } from "./cell.ts";

const SHOWN_MAX = 3;

/** The cells of a Service, in the order of its columns. */
export const serviceCells: CellPrinter = (object, nowMs) => {
  const spec = object.spec ?? {};
  const ports = objectsIn(spec, "ports").map(portText).join(",");
  return [
    nameOf(object),
    stringIn(spec, "type"),
    stringsIn(spec, "clusterIPs")[0] ?? "<none>",
    externalIp(object),
    or(ports, "<none>"),
    ageCell(object, nowMs),
    formatLabels(stringMapIn(spec, "selector")),
  ];
};

function portText(port: JsonObject): string {
  const nodePort = numberIn(port, "nodePort");
  const number = nodePort > 0 ? `${numberIn(port, "port")}:${nodePort}` : `${numberIn(port, "port")}`;
  return `${number}/${stringIn(port, "protocol")}`;
}

function externalIp(service: KubernetesObject): string {
  const { spec } = service;
  const external = stringsIn(spec, "externalIPs");
  switch (stringIn(spec, "type")) {
    case "ClusterIP":
    case "NodePort":
      return external.length > 0 ? external.join(",") : "<none>";
    case "LoadBalancer": {
      const all = [...loadBalancerAddresses(service), ...external];
      return all.length > 0 ? all.join(",") : "<pending>";
    }
    case "ExternalName":
      return stringIn(spec, "externalName");
    default:
      return "<unknown>";
  }
}

function loadBalancerAddresses(object: KubernetesObject): string[] {
  const points = objectsIn(objectIn(object.status, "loadBalancer"), "ingress");
  const addresses = points.map((point) => or(stringIn(point, "ip"), stringIn(point, "hostname")));
  return [...new Set(addresses.filter((address) => address !== ""))].sort();
}

/** The cells of an Ingress, in the order of its columns. */
export const ingressCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  hasField(object.spec, "ingressClassName") ? stringIn(object.spec, "ingressClassName") : "<none>",
  hostsText(objectsIn(object.spec, "rules")),
  loadBalancerAddresses(object).join(","),
  listIn(object.spec, "tls").length > 0 ? "80, 443" : "80",
  ageCell(object, nowMs),
];

function hostsText(rules: readonly JsonObject[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const rule of rules) {
    if (hosts.length === SHOWN_MAX) more = true;
    const host = stringIn(rule, "host");
    if (!more && host !== "") hosts.push(host);
  }
  if (hosts.length === 0) return "*";
  return more ? `${hosts.join(",")} + ${rules.length - SHOWN_MAX} more...` : hosts.join(",");
}

const DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class";

/** The cells of an IngressClass, in the order of its columns. */
export const ingressClassCells: CellPrinter = (object, nowMs) => {
  const isDefault = object.metadata.annotations?.[DEFAULT_INGRESS_CLASS] === "true";
  const parameters = objectIn(object.spec, "parameters");
  const group = hasField(parameters, "apiGroup") ? `.${stringIn(parameters, "apiGroup")}` : "";
  return [
    isDefault ? `${nameOf(object)} (default)` : nameOf(object),
    stringIn(object.spec, "controller"),
    hasField(object.spec, "parameters")
      ? `${stringIn(parameters, "kind")}${group}/${stringIn(parameters, "name")}`
      : "<none>",
    ageCell(object, nowMs),
  ];
};

/** The cells of an Endpoints object, in the order of its columns. */
export const endpointsCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  endpointsText(objectsIn(object, "subsets")),
  ageCell(object, nowMs),
];

/** A subset without ports counts its addresses, one with ports each address once a port. */
function endpointsText(subsets: readonly JsonObject[]): string {
  if (subsets.length === 0) return "<none>";
  const all: string[] = [];
  for (const subset of subsets) {
    const ips = objectsIn(subset, "addresses").map((address) => stringIn(address, "ip"));
    const ports = objectsIn(subset, "ports");
    if (ports.length === 0) all.push(...ips);
    for (const port of ports) {
      const number = numberIn(port, "port");
      all.push(...ips.map((ip) => (ip.includes(":") ? `[${ip}]:${number}` : `${ip}:${number}`)));
    }
  }
  return listWithMore(all, SHOWN_MAX, "");
}

/** The cells of an EndpointSlice, in the order of its columns. */
export const endpointSliceCells: CellPrinter = (object, nowMs) => {
  const ports = objectsIn(object, "ports").map((port) =>
    hasField(port, "port") ? String(numberIn(port, "port")) : or(stringIn(port, "name"), "*"),
  );
  const addresses = objectsIn(object, "endpoints").flatMap((endpoint) => stringsIn(endpoint, "addresses"));
  return [
    nameOf(object),
    stringIn(object, "addressType"),
    listWithMore(ports, SHOWN_MAX, "<unset>"),
    listWithMore(addresses, SHOWN_MAX, "<unset>"),
    ageCell(object, nowMs),
  ];
};

/** The cells of a NetworkPolicy, in the order of its columns. */
export const networkPolicyCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  formatLabelSelector((fieldOf(object.spec, "podSelector") ?? {}) as LabelSelectorSpec),
  ageCell(object, nowMs),
];

/** The cells of a ServiceCIDR, in the order of its columns. */
export const serviceCidrCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringsIn(object.spec, "cidrs").join(","),
  ageCell(object, nowMs),
];

/** Compat: the reference has a third cell without a column. */
export const ipAddressCells: CellPrinter = (object, nowMs) => {
  const parent = objectIn(object.spec, "parentRef");
  let text = "<none>";
  if (hasField(object.spec, "parentRef")) {
    const group = stringIn(parent, "group");
    const resource = stringIn(parent, "resource");
    text = (group === "" ? resource : `${resource}.${group}`).toLowerCase();
    if (stringIn(parent, "namespace") !== "") text += `/${stringIn(parent, "namespace")}`;
    text += `/${stringIn(parent, "name")}`;
  }
  return [nameOf(object), text, ageCell(object, nowMs)];
};
