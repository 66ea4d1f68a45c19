/** Rules of Jobs and CronJobs. */
import {
  checkDns1123Label,
  type FieldError,
  fieldOf,
  hasField,
  isTrueIn,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import { checkCronSchedule } from "./cron-schedule.ts";
import { Findings, POINTER } from "./findings.ts";
import { validateFailurePolicy, validateSuccessPolicy } from "./job-policy-rules.ts";
import { validateLabelSelector } from "./label-selector-rules.ts";
import { validatePodTemplate } from "./pod-rules.ts";
import { validateTemplateUpdate } from "./suspended-job-rules.ts";
import { matches } from "./workload-rules.ts";

const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];
const PARALLELISM_MAX = 100_000;
const MANAGED_BY_MAX = 63;

export function validateJob(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateGeneratedSelector(object, findings);
  validatePodNames(object, findings);
  validateJobSpec(object.spec ?? {}, "spec", findings, true);
  return findings.list;
}

/** The last of the pods has the longest name. */
function validatePodNames({ metadata, spec }: KubernetesObject, findings: Findings): void {
  const completions = numberIn(spec, "completions");
  if (stringIn(spec, "completionMode") !== "Indexed" || completions <= 0) return;
  const { name = "" } = metadata;
  const longest = `${name}-${completions - 1}`;
  if (checkDns1123Label(longest).length === 0) return;
  const text = `will not able to create pod with invalid DNS label: ${longest}`;
  findings.invalid("metadata.name", name, text);
}

/** The labels that the server makes may not be contradicted. */
function validateGeneratedSelector(job: KubernetesObject, findings: Findings): void {
  if (isTrueIn(job.spec, "manualSelector") || !hasField(job.spec, "selector")) return;
  const template = objectIn(objectIn(job.spec, "template"), "metadata");
  const labels = stringMapIn(template, "labels");
  const { uid = "", name = "" } = job.metadata;
  const expected: readonly (readonly [string, string])[] = [
    ["controller-uid", uid],
    ["job-name", name],
    ["batch.kubernetes.io/controller-uid", uid],
    ["batch.kubernetes.io/job-name", name],
  ];
  for (const [key, value] of expected) {
    const field = "spec.template.metadata.labels";
    if (labels[key] === undefined) findings.required(`${field}[${key}]`, `must be '${value}'`);
    else if (labels[key] !== value) findings.invalid(`${field}[${key}]`, labels, `must be '${value}'`);
  }
  const selector = objectIn(job.spec, "selector");
  if (!matches(selector, Object.fromEntries(expected))) {
    findings.invalid("spec.selector", selector, "`selector` not auto-generated");
  }
}

/** The spec of a job (`withSelector`) or of a cron job's template. */
function validateJobSpec(spec: JsonObject, field: string, findings: Findings, withSelector: boolean): void {
  for (const key of COUNTS) findings.nonNegative(spec, key, field);
  if (hasField(spec, "maxFailedIndexes") && !hasField(spec, "backoffLimitPerIndex")) {
    findings.required(`${field}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  if (hasField(spec, "managedBy")) {
    findings.domainPath(`${field}.managedBy`, stringIn(spec, "managedBy"));
    if (stringIn(spec, "managedBy").length > MANAGED_BY_MAX) {
      findings.tooLong(`${field}.managedBy`, MANAGED_BY_MAX);
    }
  }
  validateCompletionMode(spec, field, findings);
  if (hasField(spec, "podFailurePolicy")) validateFailurePolicy(spec, `${field}.podFailurePolicy`, findings);
  validatePodReplacement(spec, field, findings);
  const template = objectIn(spec, "template");
  validatePodTemplate(template, `${field}.template`, findings);
  validateJobRestart(spec, `${field}.template.spec.restartPolicy`, findings);
  if (!withSelector) return;
  if (!hasField(spec, "selector")) findings.required(`${field}.selector`);
  else {
    const selector = objectIn(spec, "selector");
    validateLabelSelector(selector, `${field}.selector`, findings);
    const labels = stringMapIn(objectIn(template, "metadata"), "labels");
    if (!matches(selector, labels)) {
      const path = `${field}.template.metadata.labels`;
      findings.invalid(path, labels, "`selector` does not match template `labels`");
    }
  }
}

function validateCompletionMode(spec: JsonObject, field: string, findings: Findings): void {
  const mode = stringIn(spec, "completionMode");
  const modes = ["NonIndexed", "Indexed"];
  findings.oneOf(spec, "completionMode", field, modes, POINTER);
  if (mode !== "Indexed") {
    const isPlain = !hasField(spec, "completionMode") || modes.includes(mode);
    for (const key of ["backoffLimitPerIndex", "maxFailedIndexes"]) {
      if (isPlain && hasField(spec, key)) {
        findings.invalid(`${field}.${key}`, numberIn(spec, key), "requires indexed completion mode");
      }
    }
    if (hasField(spec, "successPolicy")) {
      const policy = objectIn(spec, "successPolicy");
      findings.invalid(`${field}.successPolicy`, policy, "requires indexed completion mode");
    }
    return;
  }
  if (!hasField(spec, "completions")) {
    findings.required(`${field}.completions`, "when completion mode is Indexed");
  } else if (hasField(spec, "successPolicy")) {
    validateSuccessPolicy(spec, `${field}.successPolicy`, findings);
  }
  const parallelism = numberIn(spec, "parallelism");
  if (parallelism > PARALLELISM_MAX) {
    const text = `must be less than or equal to ${PARALLELISM_MAX} when completion mode is Indexed`;
    findings.invalid(`${field}.parallelism`, parallelism, text);
  }
  const failed = numberIn(spec, "maxFailedIndexes");
  if (hasField(spec, "completions") && failed > numberIn(spec, "completions")) {
    findings.invalid(`${field}.maxFailedIndexes`, failed, "must be less than or equal to completions");
  }
}

function validatePodReplacement(spec: JsonObject, field: string, findings: Findings): void {
  const policy = stringIn(spec, "podReplacementPolicy");
  if (!hasField(spec, "podReplacementPolicy")) return;
  const path = `${field}.podReplacementPolicy`;
  if (hasField(spec, "podFailurePolicy")) {
    if (policy !== "Failed") findings.notSupported(path, policy, ["Failed"]);
  } else if (policy !== "Failed" && policy !== "TerminatingOrFailed") {
    findings.notSupported(path, policy, ["Failed", "TerminatingOrFailed"]);
  }
}

function validateJobRestart(spec: JsonObject, field: string, findings: Findings): void {
  const policy = stringIn(objectIn(objectIn(spec, "template"), "spec"), "restartPolicy");
  if (policy === "Always" || policy === "") findings.required(field, 'valid values: "OnFailure", "Never"');
  else if (policy !== "OnFailure" && policy !== "Never") {
    findings.notSupported(field, policy, ["OnFailure", "Never"]);
  } else if (hasField(spec, "podFailurePolicy") && policy !== "Never") {
    findings.invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}

const JOB_FIXED = [
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
];

export function validateJobUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = next.spec ?? {};
  const old = current.spec ?? {};
  validateJobSpec(spec, "spec", findings, true);
  validateCompletionsUpdate(spec, old, findings);
  findings.immutable(fieldOf(spec, "selector"), fieldOf(old, "selector"), "spec.selector");
  validateTemplateUpdate(next, current, findings);
  for (const key of JOB_FIXED) findings.immutable(fieldOf(spec, key), fieldOf(old, key), `spec.${key}`);
  return findings.list;
}

function validateCompletionsUpdate(spec: JsonObject, old: JsonObject, findings: Findings): void {
  const completions = fieldOf(spec, "completions");
  if (jsonEqual(completions, fieldOf(old, "completions"))) return;
  const path = "spec.completions";
  if (stringIn(spec, "completionMode") !== "Indexed") {
    findings.invalid(path, completions ?? null, "field is immutable");
  } else if (completions !== undefined && completions !== fieldOf(spec, "parallelism")) {
    findings.invalid(path, completions, "can only be modified in tandem with spec.parallelism");
  }
}

const NAME_MAX = 52;

export function validateCronJob(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateCronSpec(object.spec ?? {}, undefined, findings);
  const { name = "" } = object.metadata;
  if (name.length > NAME_MAX) {
    findings.invalid("metadata.name", name, `must be no more than ${NAME_MAX} characters`);
  }
  return findings.list;
}

export function validateCronJobUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  validateCronSpec(next.spec ?? {}, current.spec, findings);
  return findings.list;
}

function validateCronSpec(spec: JsonObject, old: JsonObject | undefined, findings: Findings): void {
  const schedule = stringIn(spec, "schedule");
  if (schedule === "") findings.required("spec.schedule");
  else {
    const wrong = checkCronSchedule(schedule.replace(/^(CRON_)?TZ=\S*\s*/, ""));
    if (wrong) findings.invalid("spec.schedule", schedule, wrong);
    if (schedule.includes("TZ") && !stringIn(old, "schedule").includes("TZ")) {
      const text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      findings.invalid("spec.schedule", schedule, text);
    }
  }
  findings.nonNegative(spec, "startingDeadlineSeconds", "spec");
  if (hasField(spec, "timeZone") && spec.timeZone !== old?.timeZone) {
    validateTimeZone(stringIn(spec, "timeZone"), findings);
  }
  findings.oneOf(spec, "concurrencyPolicy", "spec", ["Allow", "Forbid", "Replace"]);
  const jobSpec = objectIn(objectIn(spec, "jobTemplate"), "spec");
  validateJobSpec(jobSpec, "spec.jobTemplate.spec", findings, false);
  if (hasField(jobSpec, "selector")) {
    const text = "`selector` will be auto-generated";
    findings.invalid("spec.jobTemplate.spec.selector", objectIn(jobSpec, "selector"), text);
  }
  if (isTrueIn(jobSpec, "manualSelector")) {
    findings.notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]);
  }
  findings.nonNegative(spec, "successfulJobsHistoryLimit", "spec");
  findings.nonNegative(spec, "failedJobsHistoryLimit", "spec");
}

function validateTimeZone(zone: string, findings: Findings): void {
  const field = "spec.timeZone";
  if (zone === "") findings.invalid(field, zone, "timeZone must be nil or non-empty string");
  else if (zone.toLowerCase() === "local") {
    const text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    findings.invalid(field, zone, text);
  } else if (!isTimeZone(zone)) findings.invalid(field, zone, `unknown time zone ${zone}`);
}

function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z0-9_+\-/]+$/.test(zone) || /^[+-]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
