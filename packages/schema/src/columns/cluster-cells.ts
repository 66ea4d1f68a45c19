/** Rows of nodes, namespaces, quotas, configuration, leases and what else makes up a cluster. */
import {
  fieldOf,
  hasField,
  isTrueIn,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import { ageCell, type CellPrinter, conditionOf, nameOf, or } from "./cell.ts";

/** The cells of a kind that shows its name and age only, in the order of its columns. */
export const nameAndAgeCells: CellPrinter = (object, nowMs) => [nameOf(object), ageCell(object, nowMs)];

/** Name and Created At: what a kind without columns of its own shows. */
export const defaultCells: CellPrinter = (object) => [
  nameOf(object),
  object.metadata.creationTimestamp ?? "<unknown>",
];

/** The cells of a Namespace, in the order of its columns. */
export const namespaceCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object.status, "phase"),
  ageCell(object, nowMs),
];

/** The cells of a Node, in the order of its columns. */
export const nodeCells: CellPrinter = (object, nowMs) => {
  const info = objectIn(object.status, "nodeInfo");
  const architecture = stringIn(info, "architecture");
  const kernel = or(stringIn(info, "kernelVersion"), "<unknown>");
  return [
    nameOf(object),
    nodeStatus(object),
    nodeRoles(object).join(",") || "<none>",
    ageCell(object, nowMs),
    stringIn(info, "kubeletVersion"),
    nodeAddress(object, "InternalIP"),
    nodeAddress(object, "ExternalIP"),
    or(stringIn(info, "osImage"), "<unknown>"),
    architecture === "" ? kernel : `${kernel} (${architecture})`,
    or(stringIn(info, "containerRuntimeVersion"), "<unknown>"),
  ];
};

function nodeStatus(node: KubernetesObject): string {
  const ready = conditionOf(node, "Ready");
  const state = ready ? (stringIn(ready, "status") === "True" ? "Ready" : "NotReady") : "Unknown";
  return isTrueIn(node.spec, "unschedulable") ? `${state},SchedulingDisabled` : state;
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

function nodeRoles(node: KubernetesObject): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === "kubernetes.io/role") roles.add(value);
  }
  roles.delete("");
  return [...roles].sort();
}

function nodeAddress(node: KubernetesObject, type: string): string {
  const address = objectsIn(node.status, "addresses").find((item) => item.type === type);
  return address ? stringIn(address, "address") : "<none>";
}

/** The cells of a Secret, in the order of its columns. */
export const secretCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object, "type"),
  Object.keys(objectIn(object, "data")).length,
  ageCell(object, nowMs),
];

/** The cells of a ConfigMap, in the order of its columns. */
export const configMapCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  Object.keys(objectIn(object, "data")).length + Object.keys(objectIn(object, "binaryData")).length,
  ageCell(object, nowMs),
];

/** Limits (`limits.…`) stand in a column of their own. */
export const resourceQuotaCells: CellPrinter = (object, nowMs) => {
  const hard = objectIn(object.status, "hard");
  const used = objectIn(object.status, "used");
  const requests: string[] = [];
  const limits: string[] = [];
  for (const name of Object.keys(hard).sort()) {
    const text = `${name}: ${fieldOf(used, name) ?? 0}/${hard[name]}`;
    (name.startsWith("limits.") ? limits : requests).push(text);
  }
  return [nameOf(object), requests.join(", "), limits.join(", "), ageCell(object, nowMs)];
};

/** The cells of a ComponentStatus, in the order of its columns. */
export const componentStatusCells: CellPrinter = (object) => {
  const healthy = objectsIn(object, "conditions").find((condition) => condition.type === "Healthy");
  if (!healthy) return [nameOf(object), "Unknown", "", ""];
  const status = stringIn(healthy, "status") === "True" ? "Healthy" : "Unhealthy";
  return [nameOf(object), status, stringIn(healthy, "message"), stringIn(healthy, "error")];
};

/** The cells of a Lease, in the order of its columns. */
export const leaseCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object.spec, "holderIdentity"),
  ageCell(object, nowMs),
];

/** The cells of a LeaseCandidate, in the order of its columns. */
export const leaseCandidateCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object.spec, "leaseName"),
  stringIn(object.spec, "binaryVersion"),
  stringIn(object.spec, "emulationVersion"),
  ageCell(object, nowMs),
];

/** The cells of a PriorityClass, in the order of its columns. */
export const priorityClassCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  numberIn(object, "value"),
  isTrueIn(object, "globalDefault"),
  ageCell(object, nowMs),
  stringIn(object, "preemptionPolicy"),
];

/** The cells of a RuntimeClass, in the order of its columns. */
export const runtimeClassCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object, "handler"),
  ageCell(object, nowMs),
];

/** The cells of a FlowSchema, in the order of its columns. */
export const flowSchemaCells: CellPrinter = (object, nowMs) => {
  const { spec } = object;
  const dangling = conditionOf(object, "Dangling");
  return [
    nameOf(object),
    stringIn(objectIn(spec, "priorityLevelConfiguration"), "name"),
    numberIn(spec, "matchingPrecedence"),
    hasField(spec, "distinguisherMethod")
      ? stringIn(objectIn(spec, "distinguisherMethod"), "type")
      : "<none>",
    ageCell(object, nowMs),
    dangling ? stringIn(dangling, "status") : "?",
  ];
};

/** The cells of a PriorityLevelConfiguration, in the order of its columns. */
export const priorityLevelCells: CellPrinter = (object, nowMs) => {
  const limited = objectIn(object.spec, "limited");
  const response = objectIn(limited, "limitResponse");
  const queuing = objectIn(response, "queuing");
  const number = (holder: boolean, value: unknown, key: string) => (holder ? numberIn(value, key) : "<none>");
  const hasQueues = hasField(response, "queuing");
  return [
    nameOf(object),
    stringIn(object.spec, "type"),
    number(hasField(object.spec, "limited"), limited, "nominalConcurrencyShares"),
    number(hasQueues, queuing, "queues"),
    number(hasQueues, queuing, "handSize"),
    number(hasQueues, queuing, "queueLengthLimit"),
    ageCell(object, nowMs),
  ];
};
