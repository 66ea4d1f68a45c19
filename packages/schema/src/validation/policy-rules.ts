/** Rules of disruption budgets, autoscalers, priority and runtime classes, leases and events. */
import {
  checkDns1123Label,
  checkPathSegment,
  type FieldError,
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  Quantity,
  stringIn,
  stringMapIn,
} from "@quorate/object";
import { Findings, POINTER } from "./findings.ts";
import { validateSelectorIn } from "./label-selector-rules.ts";
import { validateContainerResourceName } from "./resource-rules.ts";
import { validateTolerations } from "./scheduling-rules.ts";

export function validateDisruptionBudget(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const min = fieldOf(spec, "minAvailable");
  const max = fieldOf(spec, "maxUnavailable");
  if (min !== undefined && max !== undefined) {
    findings.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const [key, value] of [
    ["minAvailable", min],
    ["maxUnavailable", max],
  ] as const) {
    findings.intOrPercent(`spec.${key}`, value);
    findings.notMoreThan100Percent(`spec.${key}`, value);
  }
  validateSelectorIn(spec, "selector", "spec", findings);
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  findings.oneOf(spec, "unhealthyPodEvictionPolicy", "spec", policies, POINTER);
  return findings.list;
}

const SOURCES: Readonly<Record<string, string>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

/** An update may leave what an older version took. */
function keepsTarget(target: JsonObject, current: KubernetesObject | undefined): boolean {
  if (!current) return false;
  const before = objectIn(current.spec, "scaleTargetRef");
  return ["kind", "apiVersion"].every((key) => stringIn(before, key) === stringIn(target, key));
}

function validateTargetVersion(target: JsonObject, findings: Findings): void {
  const version = stringIn(target, "apiVersion");
  const field = "spec.scaleTargetRef.apiVersion";
  const parts = version.split("/");
  if (parts.length > 2) findings.invalid(field, version, `unexpected GroupVersion string: ${version}`);
  // The only kind of the core group with a scale.
  else if ((parts.length < 2 || parts[0] === "") && stringIn(target, "kind") !== "ReplicationController") {
    findings.invalid(field, version, "apiVersion must specify API group");
  }
}

/** Findings of an autoscaler; `current` on an update. */
export function validateAutoscaler(object: KubernetesObject, current?: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const spec = object.spec ?? {};
  const max = numberIn(spec, "maxReplicas");
  if (hasField(spec, "minReplicas")) {
    const min = numberIn(spec, "minReplicas");
    if (min < 0) findings.invalid("spec.minReplicas", min, "must be greater than or equal to 0");
  }
  if (max === 0) findings.required("spec.maxReplicas");
  if (max < 0) findings.invalid("spec.maxReplicas", max, "must be greater than or equal to 1");
  if (hasField(spec, "minReplicas") && max < numberIn(spec, "minReplicas")) {
    findings.invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
  }
  const target = objectIn(spec, "scaleTargetRef");
  for (const key of ["kind", "name"]) {
    findings.requiredText(target, key, "spec.scaleTargetRef", checkPathSegment);
  }
  if (!keepsTarget(target, current)) validateTargetVersion(target, findings);
  const metrics = objectsIn(spec, "metrics");
  metrics.forEach((metric, index) => {
    validateMetric(metric, `spec.metrics[${index}]`, findings);
  });
  const toZero = hasField(spec, "minReplicas") && numberIn(spec, "minReplicas") === 0;
  if (toZero && !metrics.some((metric) => ["Object", "External"].includes(stringIn(metric, "type")))) {
    const text = "must specify at least one Object or External metric to support scaling to zero replicas";
    findings.forbidden("spec.metrics", text);
  }
  validateBehavior(objectIn(spec, "behavior"), findings);
  return findings.list;
}

function validateMetric(metric: JsonObject, field: string, findings: Findings): void {
  const type = stringIn(metric, "type");
  if (type === "") findings.required(`${field}.type`, "must specify a metric source type");
  if (!SOURCES[type]) findings.notSupported(`${field}.type`, type, Object.keys(SOURCES));
  for (const [kind, key] of Object.entries(SOURCES)) {
    if (kind === type) {
      if (!hasField(metric, key)) {
        findings.required(`${field}.${key}`, "must populate information for the given metric source");
      } else validateSource(kind, objectIn(metric, key), `${field}.${key}`, findings);
    } else if (SOURCES[type] && hasField(metric, key)) {
      findings.forbidden(`${field}.${key}`, "must populate the given metric source only");
    }
  }
}

function validateSource(kind: string, source: JsonObject, field: string, findings: Findings): void {
  const target = objectIn(source, "target");
  if (kind === "Resource" || kind === "ContainerResource") {
    const name = stringIn(source, "name");
    if (name === "") findings.required(`${field}.name`, "must specify a resource name");
    if (kind === "ContainerResource") validateContainerSource(source, field, findings);
  } else {
    const name = stringIn(objectIn(source, "metric"), "name");
    if (name === "") findings.required(`${field}.metric.name`, "must specify a metric name");
    else findings.text(`${field}.metric.name`, name, checkPathSegment);
    if (kind === "Object") {
      for (const key of ["kind", "name"]) {
        const described = objectIn(source, "describedObject");
        findings.requiredText(described, key, `${field}.describedObject`, checkPathSegment);
      }
    }
  }
  validateTarget(target, `${field}.target`, findings);
  const average = hasField(target, "averageValue");
  if (kind === "Resource" || kind === "ContainerResource") {
    const utilization = hasField(target, "averageUtilization");
    if (!average && !utilization) {
      const text = "must set either a target raw value or a target utilization";
      findings.required(`${field}.target.averageUtilization`, text);
    } else if (average && utilization) {
      const text = "may not set both a target raw value and a target utilization";
      findings.forbidden(`${field}.target.averageValue`, text);
    }
  } else if (kind === "Pods") {
    if (!average) {
      findings.required(`${field}.target.averageValue`, "must specify a positive target averageValue");
    }
  } else if (!average && !hasField(target, "value")) {
    const text =
      kind === "Object"
        ? "must set either a target value or averageValue"
        : "must set either a target value for metric or a per-pod target";
    findings.required(`${field}.target.averageValue`, text);
  }
}

function validateContainerSource(source: JsonObject, field: string, findings: Findings): void {
  const name = stringIn(source, "name");
  if (name !== "") validateContainerResourceName(name, `${field}.name`, findings);
  const container = stringIn(source, "container");
  if (container === "") findings.required(`${field}.container`, "must specify a container");
  else findings.label(`${field}.container`, container);
}

function validateTarget(target: JsonObject, field: string, findings: Findings): void {
  const type = stringIn(target, "type");
  if (type === "") findings.required(`${field}.type`, "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    findings.invalid(`${field}.type`, type, "must be either Utilization, Value, or AverageValue");
  }
  for (const key of ["value", "averageValue"]) {
    const value = fieldOf(target, key);
    if (value !== undefined && Quantity.parse(value as string).sign <= 0) {
      findings.invalid(`${field}.${key}`, value, "must be positive");
    }
  }
  if (hasField(target, "averageUtilization")) findings.positive(target, "averageUtilization", field);
}

const STABILIZATION_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

function validateBehavior(behavior: JsonObject, findings: Findings): void {
  for (const direction of ["scaleUp", "scaleDown"]) {
    if (!hasField(behavior, direction)) continue;
    const rules = objectIn(behavior, direction);
    const at = `spec.behavior.${direction}`;
    const seconds = numberIn(rules, "stabilizationWindowSeconds");
    const path = `${at}.stabilizationWindowSeconds`;
    if (seconds < 0) findings.invalid(path, seconds, "must be greater than or equal to zero");
    if (seconds > STABILIZATION_SECONDS_MAX) {
      findings.invalid(path, seconds, `must be less than or equal to ${STABILIZATION_SECONDS_MAX}`);
    }
    findings.oneOf(rules, "selectPolicy", at, ["Disabled", "Max", "Min"], POINTER);
    const policies = objectsIn(rules, "policies");
    if (policies.length === 0) findings.required(`${at}.policies`, "must specify at least one Policy");
    policies.forEach((policy, index) => {
      const item = `${at}.policies[${index}]`;
      const type = stringIn(policy, "type");
      const period = numberIn(policy, "periodSeconds");
      if (type !== "Pods" && type !== "Percent") {
        findings.notSupported(`${item}.type`, type, ["Percent", "Pods"]);
      }
      if (numberIn(policy, "value") <= 0) {
        findings.invalid(`${item}.value`, numberIn(policy, "value"), "must be greater than zero");
      }
      if (period <= 0) findings.invalid(`${item}.periodSeconds`, period, "must be greater than zero");
      if (period > PERIOD_SECONDS_MAX) {
        const text = `must be less than or equal to ${PERIOD_SECONDS_MAX}`;
        findings.invalid(`${item}.periodSeconds`, period, text);
      }
    });
  }
}

const PRIORITY_MAX = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

export function validatePriorityClass(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const { name = "" } = object.metadata;
  const value = numberIn(object, "value");
  if (name.startsWith("system-")) {
    if (SYSTEM_CLASSES[name] !== value) {
      const why = SYSTEM_CLASSES[name] === undefined ? `${name} is not a known system priority class` : "";
      const text = "priority class names with 'system-' prefix are reserved for system use only. error: ";
      findings.forbidden(
        "metadata.name",
        text + (why || `value of ${name} PriorityClass must be ${SYSTEM_CLASSES[name]}`),
      );
    }
  } else if (value > PRIORITY_MAX) {
    findings.forbidden("value", `maximum allowed value of a user defined priority is ${PRIORITY_MAX}`);
  }
  const policy = stringIn(object, "preemptionPolicy");
  if (policy === "" && hasField(object, "preemptionPolicy")) findings.required("preemptionPolicy");
  if (policy !== "" && policy !== "PreemptLowerPriority" && policy !== "Never") {
    findings.notSupported("preemptionPolicy", policy, ["PreemptLowerPriority", "Never"]);
  }
  return findings.list;
}

export function validatePriorityClassUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  if (numberIn(next, "value") !== numberIn(current, "value")) {
    findings.forbidden("value", "may not be changed in an update.");
  }
  findings.immutable(
    fieldOf(next, "preemptionPolicy"),
    fieldOf(current, "preemptionPolicy"),
    "preemptionPolicy",
  );
  return findings.list;
}

export function validateRuntimeClass(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const handler = stringIn(object, "handler");
  if (handler === "") findings.required("handler");
  else findings.text("handler", handler, checkDns1123Label);
  if (hasField(object, "scheduling")) {
    const scheduling = objectIn(object, "scheduling");
    findings.labels(stringMapIn(scheduling, "nodeSelector"), "scheduling.nodeSelector");
    const tolerations = objectsIn(scheduling, "tolerations");
    validateTolerations(scheduling, "scheduling", findings);
    tolerations.forEach((toleration, index) => {
      if (tolerations.findIndex((other) => jsonEqual(other, toleration)) < index) {
        findings.duplicate(`scheduling.tolerations[${index}]`, toleration);
      }
    });
  }
  return findings.list;
}

export function validateRuntimeClassUpdate(next: KubernetesObject, current: KubernetesObject): FieldError[] {
  const findings = new Findings();
  findings.immutable(stringIn(next, "handler"), stringIn(current, "handler"), "handler");
  return findings.list;
}

export function validateLease(object: KubernetesObject): FieldError[] {
  const findings = new Findings();
  const { spec } = object;
  if (hasField(spec, "leaseDurationSeconds")) findings.positive(spec, "leaseDurationSeconds", "spec");
  if (hasField(spec, "leaseTransitions")) findings.nonNegative(spec, "leaseTransitions", "spec");
  return findings.list;
}
