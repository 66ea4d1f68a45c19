/**
 * Metrics of a HorizontalPodAutoscaler in the form of autoscaling/v1 (flat, kept in annotations) and of v2.
 * Results hold undefined for what is absent; whoever uses them normalises.
 */
import type { JsonObject, JsonValue } from "@quorate/object";

/** The member of a metric that its type names: `Pods` -> `pods`. */
const MEMBERS = ["object", "pods", "resource", "containerResource", "external"] as const;
type Member = (typeof MEMBERS)[number];
type Rewrite = Readonly<Record<Member, (from: JsonObject) => JsonObject>>;

function objectIn(from: JsonObject, field: string): JsonObject {
  const value = from[field];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function rewritten(metric: JsonObject, rewrite: Rewrite): JsonObject {
  const out: JsonObject = { type: metric.type };
  for (const member of MEMBERS) {
    if (metric[member]) out[member] = rewrite[member](objectIn(metric, member));
  }
  return out;
}

function isZeroQuantity(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "0";
}

const resourceSpecToV1 = (from: JsonObject): JsonObject => {
  const { averageUtilization, averageValue } = objectIn(from, "target");
  const flat = { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
  return { name: from.name, container: from.container, ...flat };
};

const SPEC_TO_V1: Rewrite = {
  object: (from) => ({
    target: from.describedObject,
    metricName: objectIn(from, "metric").name,
    selector: objectIn(from, "metric").selector,
    targetValue: objectIn(from, "target").value,
    averageValue: objectIn(from, "target").averageValue,
  }),
  pods: (from) => ({
    metricName: objectIn(from, "metric").name,
    selector: objectIn(from, "metric").selector,
    targetAverageValue: objectIn(from, "target").averageValue,
  }),
  resource: resourceSpecToV1,
  containerResource: resourceSpecToV1,
  external: (from) => ({
    metricName: objectIn(from, "metric").name,
    metricSelector: objectIn(from, "metric").selector,
    targetValue: objectIn(from, "target").value,
    targetAverageValue: objectIn(from, "target").averageValue,
  }),
};

const resourceSpecToV2 = (from: JsonObject): JsonObject => {
  const averageUtilization = from.targetAverageUtilization ?? undefined;
  const type = averageUtilization === undefined ? "AverageValue" : "Utilization";
  const target = { type, averageValue: from.targetAverageValue, averageUtilization };
  return { name: from.name, container: from.container, target };
};

const SPEC_TO_V2: Rewrite = {
  object: (from) => {
    const averageValue = from.averageValue ?? undefined;
    const isAverage = averageValue !== undefined;
    const value = isAverage && isZeroQuantity(from.targetValue) ? undefined : (from.targetValue ?? "0");
    return {
      describedObject: from.target,
      target: { type: isAverage ? "AverageValue" : "Value", value, averageValue },
      metric: { name: from.metricName, selector: from.selector },
    };
  },
  pods: (from) => ({
    metric: { name: from.metricName, selector: from.selector },
    target: { type: "AverageValue", averageValue: from.targetAverageValue ?? "0" },
  }),
  resource: resourceSpecToV2,
  containerResource: resourceSpecToV2,
  external: (from) => {
    const type = (from.targetValue ?? undefined) === undefined ? "AverageValue" : "Value";
    return {
      metric: { name: from.metricName, selector: from.metricSelector },
      target: { type, value: from.targetValue, averageValue: from.targetAverageValue },
    };
  },
};

const resourceStatusToV1 = (from: JsonObject): JsonObject => {
  const { averageUtilization, averageValue } = objectIn(from, "current");
  const flat = { currentAverageUtilization: averageUtilization, currentAverageValue: averageValue };
  return { name: from.name, container: from.container, ...flat };
};

const STATUS_TO_V1: Rewrite = {
  object: (from) => ({
    target: from.describedObject,
    metricName: objectIn(from, "metric").name,
    selector: objectIn(from, "metric").selector,
    currentValue: objectIn(from, "current").value,
    averageValue: objectIn(from, "current").averageValue,
  }),
  pods: (from) => ({
    metricName: objectIn(from, "metric").name,
    selector: objectIn(from, "metric").selector,
    currentAverageValue: objectIn(from, "current").averageValue,
  }),
  resource: resourceStatusToV1,
  containerResource: resourceStatusToV1,
  external: (from) => ({
    metricName: objectIn(from, "metric").name,
    metricSelector: objectIn(from, "metric").selector,
    currentValue: objectIn(from, "current").value,
    currentAverageValue: objectIn(from, "current").averageValue,
  }),
};

const resourceStatusToV2 = (from: JsonObject): JsonObject => ({
  name: from.name,
  container: from.container,
  current: {
    averageValue: from.currentAverageValue ?? "0",
    averageUtilization: from.currentAverageUtilization,
  },
});

const STATUS_TO_V2: Rewrite = {
  object: (from) => ({
    metric: { name: from.metricName, selector: from.selector },
    current: { value: from.currentValue ?? "0", averageValue: from.averageValue },
    describedObject: from.target,
  }),
  pods: (from) => ({
    metric: { name: from.metricName, selector: from.selector },
    current: { averageValue: from.currentAverageValue ?? "0" },
  }),
  resource: resourceStatusToV2,
  containerResource: resourceStatusToV2,
  external: (from) => ({
    metric: { name: from.metricName, selector: from.metricSelector },
    current: { value: from.currentValue ?? "0", averageValue: from.currentAverageValue },
  }),
};

/** A metric of the spec, v2 to v1. */
export const metricSpecToV1 = (metric: JsonObject): JsonObject => rewritten(metric, SPEC_TO_V1);
/** A metric of the spec, v1 to v2. */
export const metricSpecToV2 = (metric: JsonObject): JsonObject => rewritten(metric, SPEC_TO_V2);
/** A metric of the status, v2 to v1. */
export const metricStatusToV1 = (metric: JsonObject): JsonObject => rewritten(metric, STATUS_TO_V1);
/** A metric of the status, v1 to v2. */
export const metricStatusToV2 = (metric: JsonObject): JsonObject => rewritten(metric, STATUS_TO_V2);
