/** Rules of meta/v1 LabelSelector, wherever one stands in a spec. */
import {
  checkLabelValue,
  hasField,
  type JsonObject,
  objectIn,
  objectsIn,
  stringIn,
  stringMapIn,
  stringsIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";

/** Checks the selector in `holder[key]`, where there is one. */
export function validateSelectorIn(holder: JsonObject, key: string, field: string, findings: Findings): void {
  if (hasField(holder, key)) validateLabelSelector(objectIn(holder, key), `${field}.${key}`, findings);
}

export function validateLabelSelector(selector: JsonObject, field: string, findings: Findings): void {
  findings.labels(stringMapIn(selector, "matchLabels"), `${field}.matchLabels`);
  objectsIn(selector, "matchExpressions").forEach((expression, index) => {
    validateRequirement(expression, `${field}.matchExpressions[${index}]`, findings);
  });
}

function validateRequirement(expression: JsonObject, field: string, findings: Findings): void {
  const operator = stringIn(expression, "operator");
  const values = stringsIn(expression, "values");
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) {
      findings.required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) {
      findings.forbidden(
        `${field}.values`,
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      );
    }
  } else findings.invalid(`${field}.operator`, operator, "not a valid selector operator");
  findings.qualifiedName(`${field}.key`, stringIn(expression, "key"));
  values.forEach((value, index) => {
    findings.text(`${field}.values[${index}]`, value, checkLabelValue);
  });
}

/** Whether the selector asks for anything. */
export function isEmptySelector(selector: JsonObject): boolean {
  return (
    Object.keys(objectIn(selector, "matchLabels")).length === 0 &&
    objectsIn(selector, "matchExpressions").length === 0
  );
}
