/** Defaults of scheduling.k8s.io, resource.k8s.io, flowcontrol.apiserver.k8s.io and authentication.k8s.io. */
import type { JsonObject } from "@quorate/object";
import { type Defaulter, type Defaulters, type DefaultsContext, fillNil, fillZero } from "./defaulter.ts";

function deviceRequest(request: JsonObject): void {
  fillZero(request, "allocationMode", "ExactCount");
  if (request.allocationMode === "ExactCount") fillZero(request, "count", 1);
}

function deviceTaint(taint: JsonObject, context: DefaultsContext): void {
  fillNil(taint, "timeAdded", context.now);
}

function ofResource(version: string): Record<string, Defaulter> {
  const prefix = `io.k8s.api.resource.${version}.`;
  return {
    [`${prefix}ExactDeviceRequest`]: deviceRequest,
    [`${prefix}DeviceSubRequest`]: deviceRequest,
    [`${prefix}DeviceTaint`]: deviceTaint,
  };
}

function exemptPriorityLevel(level: JsonObject): void {
  fillNil(level, "nominalConcurrencyShares", 0);
  fillNil(level, "lendablePercent", 0);
}

function limitedPriorityLevel(level: JsonObject): void {
  fillNil(level, "nominalConcurrencyShares", 30);
  fillNil(level, "lendablePercent", 0);
}

function queuing(configuration: JsonObject): void {
  fillZero(configuration, "handSize", 8);
  fillZero(configuration, "queues", 64);
  fillZero(configuration, "queueLengthLimit", 50);
}

/** Defaulters of scheduling, resource, flowcontrol and authentication, by model. */
export const schedulingDefaults: Defaulters = {
  ...ofResource("v1"),
  ...ofResource("v1beta2"),
  ...ofResource("v1beta1"),
  ...ofResource("v1alpha3"),
  "io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequestSpec": (object) => fillNil(object, "limit", 100),
  "io.k8s.api.scheduling.v1.PriorityClass": (object) =>
    fillNil(object, "preemptionPolicy", "PreemptLowerPriority"),
  "io.k8s.api.flowcontrol.v1.FlowSchemaSpec": (object) => fillZero(object, "matchingPrecedence", 1000),
  "io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration": exemptPriorityLevel,
  "io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration": limitedPriorityLevel,
  "io.k8s.api.flowcontrol.v1.QueuingConfiguration": queuing,
  "io.k8s.api.authentication.v1.TokenRequestSpec": (object) => fillNil(object, "expirationSeconds", 3600),
};
