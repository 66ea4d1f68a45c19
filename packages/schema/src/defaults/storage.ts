/** Defaults of storage.k8s.io. */
import type { JsonObject } from "@quorate/object";
import { type Defaulters, fillNil, isEmptyAt, objectOrNew } from "./defaulter.ts";

function storageClass(object: JsonObject): void {
  fillNil(object, "reclaimPolicy", "Delete");
  fillNil(object, "volumeBindingMode", "Immediate");
}

function csiDriver(object: JsonObject): void {
  const spec = objectOrNew(object, "spec");
  fillNil(spec, "attachRequired", true);
  fillNil(spec, "podInfoOnMount", false);
  fillNil(spec, "storageCapacity", false);
  fillNil(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
  if (isEmptyAt(spec, "volumeLifecycleModes")) spec.volumeLifecycleModes = ["Persistent"];
  fillNil(spec, "requiresRepublish", false);
  fillNil(spec, "seLinuxMount", false);
  fillNil(spec, "preventPodSchedulingIfMissing", false);
}

/** Defaulters of storage, by model. */
export const storageDefaults: Defaulters = {
  "io.k8s.api.storage.v1.StorageClass": storageClass,
  "io.k8s.api.storage.v1.CSIDriver": csiDriver,
};
