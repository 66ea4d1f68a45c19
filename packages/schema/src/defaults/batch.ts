/** Defaults of batch/v1. */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, fillZero, isEmptyAt, objectAt, objectOrNew } from "./defaulter.ts";

const INT32_MAX = 2_147_483_647;

function job(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  const isUnset = (field: string) => spec[field] === undefined || spec[field] === null;
  if (isUnset("completions") && isUnset("parallelism")) spec.completions = 1;
  fillNil(spec, "parallelism", 1);
  fillNil(spec, "backoffLimit", isUnset("backoffLimitPerIndex") ? 6 : INT32_MAX);
  const labels = objectAt(objectAt(objectAt(spec, "template") ?? {}, "metadata") ?? {}, "labels");
  const metadata = objectOrNew(object, "metadata");
  if (labels !== undefined && isEmptyAt(metadata, "labels")) metadata.labels = { ...labels };
  fillNil(spec, "completionMode", "NonIndexed");
  fillNil(spec, "suspend", false);
  fillNil(spec, "podReplacementPolicy", isUnset("podFailurePolicy") ? "TerminatingOrFailed" : "Failed");
  fillNil(spec, "manualSelector", false);
}

function cronJob(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  fillZero(spec, "concurrencyPolicy", "Allow");
  fillNil(spec, "suspend", false);
  fillNil(spec, "successfulJobsHistoryLimit", 3);
  fillNil(spec, "failedJobsHistoryLimit", 1);
}

/** Defaulters of batch, by model. */
export const batchDefaults: Defaulters = {
  "io.k8s.api.batch.v1.Job": job,
  "io.k8s.api.batch.v1.CronJob": cronJob,
  "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern": (object) =>
    fillZero(object, "status", "True"),
};
