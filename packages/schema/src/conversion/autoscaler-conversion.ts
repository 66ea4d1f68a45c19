/**
 * HorizontalPodAutoscaler: autoscaling/v1 knows CPU utilization only, so what else v2 says goes into
 * annotations of the v1 object and back.
 */
import type { JsonObject, JsonValue } from "@quorate/object";
import { checkObject } from "../decode/check-object.ts";
import type { SchemaRegistry } from "../schema-registry.ts";
import { metricSpecToV1, metricSpecToV2, metricStatusToV1, metricStatusToV2 } from "./autoscaler-metrics.ts";

const PREFIX = "autoscaling.alpha.kubernetes.io/";
const METRICS = `${PREFIX}metrics`;
const BEHAVIOR = `${PREFIX}behavior`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const V1 = "io.k8s.api.autoscaling.v1.";
const DEFAULT_CPU_UTILIZATION = 80;

/** v2 to v1. The result is not normalised. */
export function autoscalerToV1(schema: SchemaRegistry, object: JsonObject): JsonObject {
  const { metrics, behavior, ...spec } = objectIn(object, "spec");
  const { currentMetrics, conditions, ...status } = objectIn(object, "status");
  const all = listOf(metrics);
  const [cpu] = all.filter(isCpuUtilization);
  if (cpu !== undefined) spec.targetCPUUtilizationPercentage = targetOf(cpu).averageUtilization;
  for (const metric of listOf(currentMetrics)) {
    if (!isCpu(metric)) continue;
    const utilization = objectIn(objectIn(metric, "resource"), "current").averageUtilization;
    if (utilization !== undefined) status.currentCPUUtilizationPercentage = utilization;
  }
  const annotations = withoutKept(object);
  const others = all.filter((metric) => !isCpuUtilization(metric)).map(metricSpecToV1);
  if (others.length > 0) annotations[METRICS] = textOf(schema, "MetricSpec", others);
  const current = listOf(currentMetrics).map(metricStatusToV1);
  if (current.length > 0) annotations[CURRENT_METRICS] = textOf(schema, "MetricStatus", current);
  if (behavior) annotations[BEHAVIOR] = JSON.stringify(behaviorToKept(behavior as JsonObject));
  if (listOf(conditions).length > 0) {
    annotations[CONDITIONS] = textOf(schema, "HorizontalPodAutoscalerCondition", listOf(conditions));
  }
  return { ...object, metadata: { ...objectIn(object, "metadata"), annotations }, spec, status };
}

/** v1 to v2. The result is not normalised. */
export function autoscalerToV2(schema: SchemaRegistry, object: JsonObject): JsonObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = objectIn(object, "spec");
  const { currentCPUUtilizationPercentage: current, ...status } = objectIn(object, "status");
  const kept = objectIn(objectIn(object, "metadata"), "annotations");
  const others = listFrom(schema, "MetricSpec", kept[METRICS]);
  const metrics = (others ?? []).map(metricSpecToV2);
  if (target !== undefined && target !== null) metrics.push(cpuMetric(target));
  spec.metrics = metrics.length > 0 ? metrics : [cpuMetric(DEFAULT_CPU_UTILIZATION)];
  const behavior = behaviorFromKept(kept[BEHAVIOR]);
  if (behavior !== undefined) spec.behavior = behavior;
  if (current !== undefined && current !== null) {
    const resource = { name: "cpu", current: { averageUtilization: current } };
    status.currentMetrics = [{ type: "Resource", resource }];
  }
  const statuses = listFrom(schema, "MetricStatus", kept[CURRENT_METRICS]);
  if (statuses !== undefined) status.currentMetrics = statuses.map(metricStatusToV2);
  const conditions = listFrom(schema, "HorizontalPodAutoscalerCondition", kept[CONDITIONS]);
  if (conditions !== undefined) status.conditions = conditions;
  const metadata = { ...objectIn(object, "metadata"), annotations: withoutKept(object) };
  return { ...object, metadata, spec, status };
}

function objectIn(from: JsonObject, field: string): JsonObject {
  const value = from[field];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

function targetOf(metric: JsonObject): JsonObject {
  return objectIn(objectIn(metric, "resource"), "target");
}

function isCpu(metric: JsonObject): boolean {
  return metric.type === "Resource" && objectIn(metric, "resource").name === "cpu";
}

function isCpuUtilization(metric: JsonObject): boolean {
  return isCpu(metric) && typeof targetOf(metric).averageUtilization === "number";
}

function cpuMetric(averageUtilization: JsonValue): JsonObject {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

/** Annotations without those that carry parts of the other version. */
function withoutKept(object: JsonObject): JsonObject {
  const {
    [METRICS]: _a,
    [BEHAVIOR]: _b,
    [CURRENT_METRICS]: _c,
    [CONDITIONS]: _d,
    ...others
  } = objectIn(objectIn(object, "metadata"), "annotations");
  return others;
}

function textOf(schema: SchemaRegistry, type: string, items: readonly JsonObject[]): string {
  const table = schema.resolve(V1 + type);
  return JSON.stringify(items.map((item) => checkObject(table, item, (ref) => schema.resolve(ref)).object));
}

/**
 * What an annotation holds; undefined where it is absent or can't be read, which the reference ignores, too.
 */
function listFrom(
  schema: SchemaRegistry,
  type: string,
  text: JsonValue | undefined,
): JsonObject[] | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const items: unknown = JSON.parse(text);
    if (!Array.isArray(items)) return undefined;
    const table = schema.resolve(V1 + type);
    return items.map((item: unknown) => checkObject(table, item, (ref) => schema.resolve(ref)).object);
  } catch {
    return undefined;
  }
}

/**
 * Compat: the annotation holds the reference's internal type, whose fields are capitalised and never left
 * out.
 */
function behaviorToKept(behavior: JsonObject): JsonObject {
  return { ScaleUp: rulesToKept(behavior.scaleUp), ScaleDown: rulesToKept(behavior.scaleDown) };
}

function rulesToKept(rules: JsonValue | undefined): JsonValue {
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) return null;
  const policies = Array.isArray(rules.policies) ? listOf(rules.policies) : undefined;
  return {
    StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null,
    SelectPolicy: rules.selectPolicy ?? null,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => {
        return { Type: type ?? "", Value: value ?? 0, PeriodSeconds: periodSeconds ?? 0 };
      }) ?? null,
    Tolerance: rules.tolerance ?? null,
  };
}

function behaviorFromKept(text: JsonValue | undefined): JsonObject | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const kept = uncapitalized(JSON.parse(text) as JsonValue);
    if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return undefined;
    return kept.scaleUp || kept.scaleDown ? kept : undefined;
  } catch {
    return undefined;
  }
}

function uncapitalized(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(uncapitalized);
  if (typeof value !== "object" || value === null) return value;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    out[key.slice(0, 1).toLowerCase() + key.slice(1)] = uncapitalized(item ?? null);
  }
  return out;
}
