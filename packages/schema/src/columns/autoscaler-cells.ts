/** The row of a HorizontalPodAutoscaler: its targets as `current/target`, at most two of them. */
import {
  fieldOf,
  hasField,
  type JsonObject,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
} from "@quorate/object";
import { ageCell, nameOf } from "./cell.ts";

const METRICS_MAX = 2;
const UNKNOWN = "<unknown>";

/** The field of a metric in which its source lies. */
const SOURCES: Readonly<Record<string, string>> = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource",
};

/** The cells of a HorizontalPodAutoscaler, in the order of its columns. */
export function autoscalerCells(object: KubernetesObject, nowMs: number): unknown[] {
  const spec = object.spec ?? {};
  const target = objectIn(spec, "scaleTargetRef");
  return [
    nameOf(object),
    `${stringIn(target, "kind")}/${stringIn(target, "name")}`,
    metricsText(object),
    hasField(spec, "minReplicas") ? String(numberIn(spec, "minReplicas")) : "<unset>",
    numberIn(spec, "maxReplicas"),
    numberIn(object.status, "currentReplicas"),
    ageCell(object, nowMs),
  ];
}

function metricsText(object: KubernetesObject): string {
  const metrics = objectsIn(object.spec, "metrics");
  if (metrics.length === 0) return versionOneText(object);
  const current = objectsIn(object.status, "currentMetrics");
  const texts = metrics.map((metric, index) => metricText(metric, current[index]));
  const shown = texts.slice(0, METRICS_MAX).join(", ");
  return texts.length > METRICS_MAX ? `${shown} + ${texts.length - METRICS_MAX} more...` : shown;
}

/** autoscaling/v1 knows one metric: the CPU's utilization. */
function versionOneText(object: KubernetesObject): string {
  const target = fieldOf(object.spec, "targetCPUUtilizationPercentage");
  if (target === undefined) return "<none>";
  const current = fieldOf(object.status, "currentCPUUtilizationPercentage");
  return `cpu: ${current === undefined ? UNKNOWN : `${current}%`}/${target}%`;
}

function metricText(metric: JsonObject, status: JsonObject | undefined): string {
  const type = stringIn(metric, "type");
  const source = SOURCES[type];
  if (!source) return "<unknown type>";
  const spec = objectIn(metric, source);
  const target = objectIn(spec, "target");
  const current = hasField(status, source) ? objectIn(objectIn(status, source), "current") : undefined;
  if (type === "Resource" || type === "ContainerResource") return resourceText(spec, target, current);
  const averageTarget = fieldOf(target, "averageValue");
  if (type === "Pods") return `${quantity(current, "averageValue")}/${averageTarget ?? 0}`;
  if (averageTarget !== undefined) {
    return `${fieldOf(current, "averageValue") ?? UNKNOWN}/${averageTarget} (avg)`;
  }
  return `${quantity(current, "value")}/${fieldOf(target, "value") ?? 0}`;
}

/** A quantity that a given status leaves out is printed as zero. */
function quantity(current: JsonObject | undefined, key: string): string {
  return current ? String(fieldOf(current, key) ?? 0) : UNKNOWN;
}

function resourceText(spec: JsonObject, target: JsonObject, current: JsonObject | undefined): string {
  const name = stringIn(spec, "name");
  const average = fieldOf(target, "averageValue");
  if (average !== undefined) return `${name}: ${quantity(current, "averageValue")}/${average}`;
  const utilization = fieldOf(current, "averageUtilization");
  const wanted = fieldOf(target, "averageUtilization");
  const left = utilization === undefined ? UNKNOWN : `${utilization}%`;
  return `${name}: ${left}/${wanted === undefined ? "<auto>" : `${wanted}%`}`;
}
