/** Defaults of apps/v1. */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, fillZero, objectAt, objectOrNew } from "./defaulter.ts";

function deployment(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  fillNil(spec, "replicas", 1);
  const strategy = objectOrNew(spec, "strategy");
  fillZero(strategy, "type", "RollingUpdate");
  if (strategy.type === "RollingUpdate") {
    const rolling = objectOrNew(strategy, "rollingUpdate");
    fillNil(rolling, "maxUnavailable", "25%");
    fillNil(rolling, "maxSurge", "25%");
  }
  fillNil(spec, "revisionHistoryLimit", 10);
  fillNil(spec, "progressDeadlineSeconds", 600);
}

function daemonSet(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  const strategy = objectOrNew(spec, "updateStrategy");
  fillZero(strategy, "type", "RollingUpdate");
  if (strategy.type === "RollingUpdate") {
    const rolling = objectOrNew(strategy, "rollingUpdate");
    fillNil(rolling, "maxUnavailable", 1);
    fillNil(rolling, "maxSurge", 0);
  }
  fillNil(spec, "revisionHistoryLimit", 10);
}

function statefulSet(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  fillZero(spec, "podManagementPolicy", "OrderedReady");
  const strategy = objectOrNew(spec, "updateStrategy");
  if (!strategy.type) {
    strategy.type = "RollingUpdate";
    objectOrNew(strategy, "rollingUpdate");
  }
  const rolling = objectAt(strategy, "rollingUpdate");
  if (strategy.type === "RollingUpdate" && rolling !== undefined) {
    fillNil(rolling, "partition", 0);
    fillNil(rolling, "maxUnavailable", 1);
  }
  const retention = objectOrNew(spec, "persistentVolumeClaimRetentionPolicy");
  fillZero(retention, "whenDeleted", "Retain");
  fillZero(retention, "whenScaled", "Retain");
  fillNil(spec, "replicas", 1);
  fillNil(spec, "revisionHistoryLimit", 10);
}

/** Defaulters of apps, by model. */
export const appsDefaults: Defaulters = {
  "io.k8s.api.apps.v1.Deployment": deployment,
  "io.k8s.api.apps.v1.DaemonSet": daemonSet,
  "io.k8s.api.apps.v1.StatefulSet": statefulSet,
  "io.k8s.api.apps.v1.ReplicaSet": (object) => fillNil(objectOrNew(object, "spec"), "replicas", 1),
};
