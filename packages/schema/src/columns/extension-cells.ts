/** Rows of what extends the API: webhooks, admission policies, custom resources, API services, migrations, devices. */
import {
  ageOf,
  hasField,
  type KubernetesObject,
  listIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { ageCell, type CellPrinter, conditionOf, hasTrueCondition, nameOf } from "./cell.ts";

/** The cells of a configuration of webhooks, in the order of its columns. */
export const webhookConfigurationCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  listIn(object, "webhooks").length,
  ageCell(object, nowMs),
];

function paramKindText(object: KubernetesObject): string {
  const kind = objectIn(object.spec, "paramKind");
  if (!hasField(object.spec, "paramKind")) return "<unset>";
  return `${stringIn(kind, "apiVersion")}/${stringIn(kind, "kind")}`;
}

/** The cells of a ValidatingAdmissionPolicy, in the order of its columns. */
export const validatingPolicyCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  listIn(object.spec, "validations").length,
  paramKindText(object),
  ageCell(object, nowMs),
];

/** The cells of a MutatingAdmissionPolicy, in the order of its columns. */
export const mutatingPolicyCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  listIn(object.spec, "mutations").length,
  paramKindText(object),
  ageCell(object, nowMs),
];

/** The cells of a binding of either policy, in the order of its columns. */
export const policyBindingCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object.spec, "policyName"),
  paramRefText(object),
  ageCell(object, nowMs),
];

/** Compat: a selector is printed in Go's struct form. */
function paramRefText(object: KubernetesObject): string {
  const ref = objectIn(object.spec, "paramRef");
  const name = stringIn(ref, "name");
  if (name !== "") return `${stringIn(ref, "namespace") || "*"}/${name}`;
  if (!hasField(ref, "selector")) return "<unset>";
  const selector = objectIn(ref, "selector");
  const labels = Object.entries(objectIn(selector, "matchLabels"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
    .join("");
  const expressions = objectsIn(selector, "matchExpressions").map(
    (item) =>
      `LabelSelectorRequirement{Key:${stringIn(item, "key")},Operator:${stringIn(item, "operator")},` +
      `Values:[${stringsIn(item, "values").join(" ")}],},`,
  );
  const list = `[]LabelSelectorRequirement{${expressions.join("")}}`;
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:${list},}`;
}

/** The cells of a CustomResourceDefinition, in the order of its columns. */
export const customResourceDefinitionCells: CellPrinter = (object) => {
  const { spec } = object;
  const names = objectIn(spec, "names");
  const versions = objectsIn(spec, "versions")
    .filter((version) => version.served === true)
    .map((version) => `${stringIn(version, "name")}${version.storage === true ? "(storage)" : ""}`)
    .sort();
  return [
    nameOf(object),
    stringIn(spec, "scope"),
    versions.join(","),
    object.metadata.creationTimestamp ?? "<unknown>",
    stringIn(spec, "group"),
    stringIn(names, "kind"),
    stringsIn(names, "shortNames").join(","),
    hasTrueCondition(object, "Established"),
  ];
};

/** The cells of an APIService, in the order of its columns. */
export const apiServiceCells: CellPrinter = (object, nowMs) => {
  const service = objectIn(object.spec, "service");
  const available = conditionOf(object, "Available");
  const status = available ? stringIn(available, "status") : "Unknown";
  const reason = stringIn(available, "reason");
  return [
    nameOf(object),
    hasField(object.spec, "service")
      ? `${stringIn(service, "namespace")}/${stringIn(service, "name")}`
      : "Local",
    status !== "True" && reason !== "" ? `${status} (${reason})` : status,
    ageCell(object, nowMs),
  ];
};

/** The cells of a StorageVersionMigration, in the order of its columns. */
export const storageVersionMigrationCells: CellPrinter = (object) => {
  const resource = objectIn(object.spec, "resource");
  const group = stringIn(resource, "group");
  const name = stringIn(resource, "resource");
  let status = "Unknown";
  for (const condition of objectsIn(object.status, "conditions")) {
    const type = stringIn(condition, "type");
    const counts = type === "Running" || type === "Failed" || type === "Succeeded";
    if (counts && condition.status === "True") status = type;
  }
  return [nameOf(object), group === "" ? name : `${name}.${group}`, status];
};

/** The cells of a ResourceClaim, in the order of its columns. */
export const resourceClaimCells: CellPrinter = (object, nowMs) => {
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  const states = isDeleted ? ["deleted"] : [];
  if (hasField(object.status, "allocation")) {
    states.push("allocated");
    if (listIn(object.status, "reservedFor").length > 0) states.push("reserved");
  } else if (!isDeleted) states.push("pending");
  return [nameOf(object), states.join(","), ageCell(object, nowMs)];
};

/** The cells of a ResourceSlice, in the order of its columns. */
export const resourceSliceCells: CellPrinter = (object, nowMs) => [
  nameOf(object),
  stringIn(object.spec, "nodeName"),
  stringIn(object.spec, "driver"),
  stringIn(objectIn(object.spec, "pool"), "name"),
  ageCell(object, nowMs),
];

/** The cells of a DeviceTaintRule, in the order of its columns. */
export const deviceTaintRuleCells: CellPrinter = (object, nowMs) => {
  const taint = objectIn(object.spec, "taint");
  const added = stringIn(taint, "timeAdded");
  return [
    nameOf(object),
    stringIn(taint, "key"),
    stringIn(taint, "value"),
    stringIn(taint, "effect"),
    added === "" ? "" : ageOf(added, nowMs),
    ageCell(object, nowMs),
  ];
};
