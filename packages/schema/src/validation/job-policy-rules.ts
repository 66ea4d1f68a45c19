/** Rules of what decides that a job has failed or has succeeded: its policies. */
import {
  checkQualifiedName,
  fieldOf,
  hasField,
  type JsonObject,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  omitted,
  stringIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";

const RULES_MAX = 20;
const CONDITIONS_MAX = 20;
const EXIT_CODES_MAX = 255;
const INDEXES_BYTES_MAX = 64 * 1024;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

function validValues(values: readonly string[]): string {
  return `valid values: [${values.map((value) => `"${value}"`).join(" ")}]`;
}

/** Findings of the pod failure policy of a job's spec; `field` is the policy's. */
export function validateFailurePolicy(spec: JsonObject, field: string, findings: Findings): void {
  const rules = objectsIn(objectIn(spec, "podFailurePolicy"), "rules");
  if (rules.length > RULES_MAX) findings.tooMany(`${field}.rules`, rules.length, RULES_MAX);
  const podSpec = objectIn(objectIn(spec, "template"), "spec");
  const containers = new Set(
    ["containers", "initContainers"].flatMap((list) =>
      objectsIn(podSpec, list).map((container) => stringIn(container, "name")),
    ),
  );
  rules.forEach((rule, index) => {
    const at = `${field}.rules[${index}]`;
    const action = stringIn(rule, "action");
    if (action === "") findings.required(`${at}.action`, validValues(ACTIONS));
    else if (action === "FailIndex" && !hasField(spec, "backoffLimitPerIndex")) {
      findings.invalid(`${at}.action`, action, "requires the backoffLimitPerIndex to be set");
    } else if (!ACTIONS.includes(action)) findings.notSupported(`${at}.action`, action, ACTIONS);
    validatePatterns(rule, at, containers, findings);
  });
}

function validatePatterns(
  rule: JsonObject,
  at: string,
  containers: ReadonlySet<string>,
  findings: Findings,
): void {
  const byCode = hasField(rule, "onExitCodes");
  const conditions = objectsIn(rule, "onPodConditions");
  if (byCode) validateExitCodes(objectIn(rule, "onExitCodes"), `${at}.onExitCodes`, containers, findings);
  validateConditions(conditions, `${at}.onPodConditions`, findings);
  if (byCode && conditions.length > 0) {
    findings.invalid(at, omitted, "specifying both OnExitCodes and OnPodConditions is not supported");
  }
  if (!byCode && conditions.length === 0) {
    findings.invalid(at, omitted, "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

function validateExitCodes(
  requirement: JsonObject,
  field: string,
  containers: ReadonlySet<string>,
  findings: Findings,
): void {
  const operator = stringIn(requirement, "operator");
  if (operator === "") findings.required(`${field}.operator`, validValues(OPERATORS));
  else if (!OPERATORS.includes(operator)) {
    findings.notSupported(`${field}.operator`, operator, OPERATORS);
  }
  const name = stringIn(requirement, "containerName");
  if (hasField(requirement, "containerName") && !containers.has(name)) {
    const text = "must be one of the container or initContainer names in the pod template";
    findings.invalid(`${field}.containerName`, name, text);
  }
  const path = `${field}.values`;
  const codes = listIn(requirement, "values").map(Number);
  if (codes.length === 0) {
    findings.invalid(path, fieldOf(requirement, "values") ?? null, "at least one value is required");
  } else if (codes.length > EXIT_CODES_MAX) findings.tooMany(path, codes.length, EXIT_CODES_MAX);
  codes.forEach((code, index) => {
    const at = `${path}[${index}]`;
    if (operator === "In" && code === 0) findings.invalid(at, code, "must not be 0 for the In operator");
    if (codes.indexOf(code) < index) findings.duplicate(at, code);
  });
  const isOrdered = codes.every((code, index) => index === 0 || codes[index - 1]! <= code);
  if (!isOrdered) findings.invalid(path, codes, "must be ordered");
}

function validateConditions(conditions: readonly JsonObject[], field: string, findings: Findings): void {
  if (conditions.length > CONDITIONS_MAX) findings.tooMany(field, conditions.length, CONDITIONS_MAX);
  conditions.forEach((pattern, index) => {
    const at = `${field}[${index}]`;
    findings.text(`${at}.type`, stringIn(pattern, "type"), checkQualifiedName);
    const status = stringIn(pattern, "status");
    if (status === "") findings.required(`${at}.status`, validValues(STATUSES));
    else if (!STATUSES.includes(status)) findings.notSupported(`${at}.status`, status, STATUSES);
  });
}

/** Findings of the success policy of an indexed job's spec; `field` is the policy's. */
export function validateSuccessPolicy(spec: JsonObject, field: string, findings: Findings): void {
  const rules = objectsIn(objectIn(spec, "successPolicy"), "rules");
  const path = `${field}.rules`;
  if (rules.length === 0) {
    findings.required(path, "at least one rules must be specified when the successPolicy is specified");
  }
  if (rules.length > RULES_MAX) findings.tooMany(path, rules.length, RULES_MAX);
  const completions = numberIn(spec, "completions");
  rules.forEach((rule, index) => {
    validateSuccessRule(rule, completions, `${path}[${index}]`, findings);
  });
}

function validateSuccessRule(rule: JsonObject, completions: number, at: string, findings: Findings): void {
  const byCount = hasField(rule, "succeededCount");
  const byIndex = hasField(rule, "succeededIndexes");
  if (!byCount && !byIndex) {
    findings.required(at, "at least one of succeededCount or succeededIndexes must be specified");
  }
  const text = stringIn(rule, "succeededIndexes");
  const path = `${at}.succeededIndexes`;
  if (text.length > INDEXES_BYTES_MAX) findings.tooLong(path, INDEXES_BYTES_MAX);
  const total = byIndex ? countIndexes(text, completions) : 0;
  if (typeof total === "string") findings.invalid(path, text, `error parsing succeededIndexes: ${total}`);
  if (!byCount) return;
  const count = numberIn(rule, "succeededCount");
  findings.nonNegative(rule, "succeededCount", at);
  const notAbove = (limit: number, what: string) => {
    if (count <= limit) return;
    const why = `must be less than or equal to ${limit} (the number of ${what})`;
    findings.invalid(`${at}.succeededCount`, count, why);
  };
  notAbove(completions, "specified completions");
  if (byIndex) {
    notAbove(typeof total === "string" ? 0 : total, "indexes in the specified succeededIndexes field");
  }
}

/** How many indexes `0,2-4` names, or what is wrong with the text. */
function countIndexes(text: string, completions: number): number | string {
  if (text === "") return 0;
  let last = -1;
  let total = 0;
  for (const interval of text.split(",")) {
    const limits = interval.split("-");
    if (limits.length > 2) {
      return (
        `the fragment "${interval}" violates the requirement that an index interval can have at most two ` +
        "parts separated by '-'"
      );
    }
    for (const limit of limits) {
      if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: "${limit}"`;
      if (Number(limit) >= completions) return `too large index: "${limit}"`;
    }
    const [first = 0, end = first] = limits.map(Number);
    if (limits.length === 2 && first >= end) return disorder(first, end);
    if (last >= first) return disorder(last, first);
    total += end - first + 1;
    last = end;
  }
  return total;
}

function disorder(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}
