/** PersistentVolumes and -Claims: phases, transition times, and the two spellings of a claim's data source. */
import { fieldOf, hasField, type JsonObject, objectIn, stringIn } from "@quorate/object";
import type { KindRules } from "./kind-rules.ts";
import { ownPart } from "./own-part.ts";

export const persistentVolumeStrategy: KindRules = {
  prepareCreate(volume, context) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: context.now };
  },
  prepareSubresource: {
    status(next, current, context) {
      const status = ownPart(next, "status");
      const since = fieldOf(current.status, "lastPhaseTransitionTime");
      const samePhase = stringIn(status, "phase") === stringIn(current.status, "phase");
      const given = fieldOf(status, "lastPhaseTransitionTime");
      if (samePhase && given === undefined && since !== undefined) status.lastPhaseTransitionTime = since;
      if (!samePhase && (given === undefined || given === since))
        status.lastPhaseTransitionTime = context.now;
    },
  },
};

export const persistentVolumeClaimStrategy: KindRules = {
  prepareCreate(claim) {
    claim.status = { phase: "Pending" };
    normalizeDataSource(ownPart(claim, "spec"), undefined);
  },
  prepareUpdate(next, current) {
    normalizeDataSource(ownPart(next, "spec"), current.spec);
  },
};

/** dataSource holds claims and snapshots only; dataSourceRef is the newer spelling; each fills the other. */
function normalizeDataSource(spec: JsonObject, old: JsonObject | undefined): void {
  const inUse = hasField(old, "dataSource") || hasField(old, "dataSourceRef");
  if (!inUse && !hasField(spec, "dataSourceRef") && !isClaimOrSnapshot(spec)) delete spec.dataSource;
  const source = objectIn(spec, "dataSource");
  const ref = objectIn(spec, "dataSourceRef");
  if (hasField(spec, "dataSource") && !hasField(spec, "dataSourceRef")) spec.dataSourceRef = { ...source };
  else if (hasField(spec, "dataSourceRef") && !hasField(spec, "dataSource") && !stringIn(ref, "namespace")) {
    spec.dataSource = { ...ref };
  }
}

function isClaimOrSnapshot(spec: JsonObject): boolean {
  const source = objectIn(spec, "dataSource");
  const kind = stringIn(source, "kind");
  const group = stringIn(source, "apiGroup");
  return (
    (kind === "PersistentVolumeClaim" && group === "") ||
    (kind === "VolumeSnapshot" && group === "snapshot.storage.k8s.io")
  );
}
