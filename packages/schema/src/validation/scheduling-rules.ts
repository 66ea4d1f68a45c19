/** Rules of what steers scheduling: tolerations, affinity, topology spread, gates. */
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
  fieldOf,
  hasField,
  type JsonObject,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import { type Findings, POINTER } from "./findings.ts";
import { validateSelectorIn } from "./label-selector-rules.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateTolerations(spec: JsonObject, field: string, findings: Findings): void {
  objectsIn(spec, "tolerations").forEach((toleration, index) => {
    const at = `${field}.tolerations[${index}]`;
    const key = stringIn(toleration, "key");
    const operator = stringIn(toleration, "operator");
    const value = stringIn(toleration, "value");
    if (key !== "") findings.text(`${at}.key`, key, checkQualifiedName);
    else if (operator !== "Exists") {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      findings.invalid(`${at}.operator`, operator, text);
    }
    if (hasField(toleration, "tolerationSeconds") && stringIn(toleration, "effect") !== "NoExecute") {
      const text = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      findings.invalid(`${at}.effect`, stringIn(toleration, "effect"), text);
    }
    if (operator === "" || operator === "Equal") {
      const bad = checkLabelValue(value);
      if (bad.length > 0) findings.invalid(`${at}.operator`, value, bad.join(";"));
    } else if (operator === "Exists") {
      if (value !== "") {
        findings.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
      }
    } else findings.notSupported(`${at}.operator`, operator, ["Equal", "Exists"]);
    findings.oneOf(toleration, "effect", at, EFFECTS, { optional: true });
  });
}

export function validateTopologySpread(spec: JsonObject, field: string, findings: Findings): void {
  const constraints = objectsIn(spec, "topologySpreadConstraints");
  constraints.forEach((constraint, index) => {
    const at = `${field}.topologySpreadConstraints[${index}]`;
    const key = stringIn(constraint, "topologyKey");
    const action = stringIn(constraint, "whenUnsatisfiable");
    const skew = numberIn(constraint, "maxSkew");
    if (skew <= 0) findings.invalid(`${at}.maxSkew`, skew, "must be greater than zero");
    if (key === "") findings.required(`${at}.topologyKey`, "can not be empty");
    if (action !== "DoNotSchedule" && action !== "ScheduleAnyway") {
      findings.notSupported(`${at}.whenUnsatisfiable`, action, ["DoNotSchedule", "ScheduleAnyway"]);
    }
    for (const other of constraints.slice(index + 1)) {
      if (stringIn(other, "topologyKey") !== key || stringIn(other, "whenUnsatisfiable") !== action) continue;
      findings.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`);
      break;
    }
    if (hasField(constraint, "minDomains")) {
      const domains = numberIn(constraint, "minDomains");
      if (domains <= 0) findings.invalid(`${at}.minDomains`, domains, "must be greater than zero");
      if (action !== "DoNotSchedule") {
        const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
        findings.invalid(`${at}.minDomains`, numberIn(constraint, "minDomains"), text);
      }
    }
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      findings.oneOf(constraint, policy, at, ["Honor", "Ignore"], POINTER);
    }
    validateLabelKeys(constraint, "matchLabelKeys", at, findings);
    validateSelectorIn(constraint, "labelSelector", at, findings);
  });
}

/** Keys of the pod's own labels, which need a selector that they add to. */
function validateLabelKeys(holder: JsonObject, key: string, field: string, findings: Findings): void {
  const keys = stringsIn(holder, key);
  if (keys.length > 0 && !hasField(holder, "labelSelector")) {
    findings.forbidden(`${field}.${key}`, "must not be specified when labelSelector is not set");
  }
  keys.forEach((label, index) => {
    findings.text(`${field}.${key}[${index}]`, label, checkQualifiedName);
  });
}

export function validateAffinity(spec: JsonObject, field: string, findings: Findings): void {
  if (!hasField(spec, "affinity")) return;
  const affinity = objectIn(spec, "affinity");
  validateNodeAffinity(objectIn(affinity, "nodeAffinity"), `${field}.affinity.nodeAffinity`, findings);
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const terms = objectIn(affinity, kind);
    const path = `${field}.affinity.${kind}`;
    objectsIn(terms, REQUIRED).forEach((term, index) => {
      validatePodTerm(term, `${path}.${REQUIRED}[${index}]`, findings);
    });
    objectsIn(terms, PREFERRED).forEach((weighted, index) => {
      const at = `${path}.${PREFERRED}[${index}]`;
      validateWeight(weighted, at, findings);
      validatePodTerm(objectIn(weighted, "podAffinityTerm"), `${at}.podAffinityTerm`, findings);
    });
  }
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function validateWeight(term: JsonObject, field: string, findings: Findings): void {
  const weight = numberIn(term, "weight");
  if (weight < 1 || weight > 100) findings.invalid(`${field}.weight`, weight, "must be in the range 1-100");
}

function validatePodTerm(term: JsonObject, field: string, findings: Findings): void {
  validateLabelKeys(term, "matchLabelKeys", field, findings);
  validateLabelKeys(term, "mismatchLabelKeys", field, findings);
  validateSelectorIn(term, "labelSelector", field, findings);
  validateSelectorIn(term, "namespaceSelector", field, findings);
  for (const name of stringsIn(term, "namespaces"))
    findings.text(`${field}.namespace`, name, checkDns1123Label);
  const key = stringIn(term, "topologyKey");
  if (key === "") findings.required(`${field}.topologyKey`, "can not be empty");
  findings.text(`${field}.topologyKey`, key, checkQualifiedName);
}

function validateNodeAffinity(affinity: JsonObject, field: string, findings: Findings): void {
  if (hasField(affinity, REQUIRED)) {
    validateNodeSelector(objectIn(affinity, REQUIRED), `${field}.${REQUIRED}`, findings);
  }
  objectsIn(affinity, PREFERRED).forEach((term, index) => {
    const at = `${field}.${PREFERRED}[${index}]`;
    const weight = numberIn(term, "weight");
    if (weight <= 0 || weight > 100) findings.invalid(`${at}.weight`, weight, "must be in the range 1-100");
    validateNodeTerm(objectIn(term, "preference"), `${at}.preference`, findings, false);
  });
}

/** A node selector: at least one term. */
export function validateNodeSelector(selector: JsonObject, field: string, findings: Findings): void {
  const terms = objectsIn(selector, "nodeSelectorTerms");
  if (terms.length === 0) {
    findings.required(`${field}.nodeSelectorTerms`, "must have at least one node selector term");
  }
  terms.forEach((term, index) => {
    validateNodeTerm(term, `${field}.nodeSelectorTerms[${index}]`, findings, true);
  });
}

/** A preference may name values that no label can have. */
function validateNodeTerm(
  term: JsonObject,
  field: string,
  findings: Findings,
  valuesAreLabels: boolean,
): void {
  objectsIn(term, "matchExpressions").forEach((item, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    const operator = stringIn(item, "operator");
    const count = listIn(item, "values").length;
    if (operator === "In" || operator === "NotIn") {
      if (count === 0) {
        findings.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      }
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (count > 0) {
        findings.forbidden(
          `${at}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        );
      }
    } else if (operator === "Gt" || operator === "Lt") {
      if (count !== 1) {
        findings.required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      }
    } else findings.invalid(`${at}.operator`, operator, "not a valid selector operator");
    findings.text(`${at}.key`, stringIn(item, "key"), checkQualifiedName);
    if (valuesAreLabels) {
      stringsIn(item, "values").forEach((value, position) => {
        findings.text(`${at}.values[${position}]`, value, checkLabelValue);
      });
    }
  });
  objectsIn(term, "matchFields").forEach((item, index) => {
    validateNodeField(item, `${field}.matchFields[${index}]`, findings);
  });
}

/** The one field that nodes can be selected by is their name. */
function validateNodeField(item: JsonObject, at: string, findings: Findings): void {
  const operator = stringIn(item, "operator");
  const values = stringsIn(item, "values");
  if (operator !== "In" && operator !== "NotIn") {
    findings.invalid(`${at}.operator`, operator, "not a valid selector operator");
  } else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    findings.required(`${at}.values`, text);
  }
  const key = stringIn(item, "key");
  if (key !== "metadata.name") {
    findings.invalid(`${at}.key`, key, "not a valid field selector key");
    return;
  }
  values.forEach((value, index) => {
    findings.text(`${at}.values[${index}]`, value, checkDns1123Subdomain);
  });
}

export function validateSchedulingGates(spec: JsonObject, field: string, findings: Findings): void {
  const seen = new Set<string>();
  objectsIn(spec, "schedulingGates").forEach((gate, index) => {
    const at = `${field}.schedulingGates[${index}]`;
    const name = stringIn(gate, "name");
    findings.text(at, name, checkQualifiedName);
    if (seen.has(name)) findings.duplicate(at, name);
    seen.add(name);
  });
  objectsIn(spec, "readinessGates").forEach((gate, index) => {
    const type = String(fieldOf(gate, "conditionType") ?? "");
    findings.text(`${field}.readinessGates[${index}].conditionType`, type, checkQualifiedName);
  });
}
