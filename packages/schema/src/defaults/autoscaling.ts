/**
 * Defaults of autoscaling/v2 and v1. The v1 target of 80 % CPU comes from conversion, as in the reference.
 */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, isEmptyAt, objectAt, objectOrNew } from "./defaulter.ts";

const PERIOD_SECONDS = 15;
const CPU_UTILIZATION = 80;

function autoscalerV2(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  fillNil(spec, "minReplicas", 1);
  if (isEmptyAt(spec, "metrics")) {
    const target = { type: "Utilization", averageUtilization: CPU_UTILIZATION };
    spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
  }
  const behavior = objectAt(spec, "behavior");
  if (behavior === undefined) return;
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS },
      { type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS },
    ],
    ...objectAt(behavior, "scaleUp"),
  };
  behavior.scaleDown = {
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS }],
    ...objectAt(behavior, "scaleDown"),
  };
}

/** Defaulters of autoscaling, by model. */
export const autoscalingDefaults: Defaulters = {
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler": (object) =>
    fillNil(objectOrNew(object, "spec"), "minReplicas", 1),
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler": autoscalerV2,
};
