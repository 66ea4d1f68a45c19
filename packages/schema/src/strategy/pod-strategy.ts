/**
 * Pods: phase and QoS class at birth, the scheduling gate's condition, label keys merged into affinity and spread
 * selectors, the writes of status, ephemeralcontainers and resize, and the grace period of a deletion.
 */
import {
  fieldOf,
  hasField,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";
import type { KindRules } from "./kind-rules.ts";
import { ownPart } from "./own-part.ts";
import { qosClassOf } from "./pod-qos.ts";

const STATUS_KEPT = ["qosClass", "resourceClaimStatuses", "extendedResourceClaimStatus"] as const;
const METADATA_KEPT = ["labels", "annotations", "finalizers", "ownerReferences"] as const;

export const podStrategy: KindRules = {
  generationOf: ["spec"],

  prepareCreate(pod) {
    const spec = pod.spec ?? {};
    const status: JsonObject = { phase: "Pending" };
    if (objectsIn(spec, "schedulingGates").length > 0) {
      status.conditions = [
        {
          type: "PodScheduled",
          status: "False",
          lastProbeTime: null,
          lastTransitionTime: null,
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
        },
      ];
    }
    status.qosClass = qosClassOf(spec);
    pod.status = status;
    mergeLabelKeys(spec, pod.metadata.labels ?? {});
  },

  prepareUpdate(next, current) {
    if (next.spec && !hasField(next.spec, "resources") && hasField(current.spec, "resources")) {
      next.spec.resources = current.spec?.resources;
    }
  },

  prepareSubresource: {
    status(next, current) {
      delete next.metadata.deletionTimestamp;
      const owners = current.metadata.ownerReferences;
      if (owners) next.metadata.ownerReferences = owners;
      else delete next.metadata.ownerReferences;
      const status = ownPart(next, "status");
      for (const key of STATUS_KEPT) {
        const kept = fieldOf(current.status, key);
        if (!hasField(status, key) && kept !== undefined) status[key] = kept;
      }
      keepObservedGenerations(status, current.status ?? {});
    },
    ephemeralcontainers(next, current) {
      const containers = next.spec?.ephemeralContainers;
      takeAllFrom(next, current);
      if (containers !== undefined) next.spec = { ...next.spec, ephemeralContainers: containers };
      countGeneration(next, current);
    },
    resize(next, current) {
      const asked = next.spec ?? {};
      takeAllFrom(next, current);
      const spec: JsonObject = { ...next.spec };
      if (hasField(asked, "resources")) spec.resources = asked.resources;
      for (const list of ["containers", "initContainers"]) {
        if (hasField(spec, list)) spec[list] = resizedContainers(asked, spec, list);
      }
      next.spec = spec;
      countGeneration(next, current);
    },
  },

  graceSeconds(pod, requested) {
    const phase = stringIn(pod.status, "phase");
    if (stringIn(pod.spec, "nodeName") === "" || phase === "Failed" || phase === "Succeeded") return 0;
    const seconds = requested ?? numberIn(pod.spec, "terminationGracePeriodSeconds");
    return seconds < 0 ? 1 : seconds;
  },
};

function takeAllFrom(next: KubernetesObject, current: KubernetesObject): void {
  next.spec = current.spec;
  next.status = current.status;
  for (const key of METADATA_KEPT) {
    if (current.metadata[key] === undefined) delete next.metadata[key];
    else Object.assign(next.metadata, { [key]: current.metadata[key] });
  }
}

function countGeneration(next: KubernetesObject, current: KubernetesObject): void {
  if (!jsonEqual(next.spec, current.spec)) {
    next.metadata.generation = (current.metadata.generation ?? 0) + 1;
  }
}

function resizedContainers(asked: JsonObject, spec: JsonObject, list: string): JsonObject[] {
  const wanted = new Map(objectsIn(asked, list).map((item) => [stringIn(item, "name"), item]));
  return objectsIn(spec, list).map((container) => {
    const other = wanted.get(stringIn(container, "name"));
    if (!other) return container;
    const resized: JsonObject = { ...container, resources: objectIn(other, "resources") };
    if (hasField(other, "resizePolicy")) resized.resizePolicy = other.resizePolicy;
    return resized;
  });
}

/** A kubelet that does not know observedGeneration must not wipe it. */
function keepObservedGenerations(status: JsonObject, current: JsonObject): void {
  if (!numberIn(status, "observedGeneration") && numberIn(current, "observedGeneration")) {
    status.observedGeneration = current.observedGeneration;
  }
  const known = new Map<string, number>();
  for (const condition of objectsIn(current, "conditions")) {
    const type = stringIn(condition, "type");
    if (!known.has(type)) known.set(type, numberIn(condition, "observedGeneration"));
  }
  for (const condition of objectsIn(status, "conditions")) {
    const generation = known.get(stringIn(condition, "type")) ?? 0;
    if (!numberIn(condition, "observedGeneration") && generation > 0)
      condition.observedGeneration = generation;
  }
}

/** matchLabelKeys and mismatchLabelKeys become expressions on the pod's own label values. */
function mergeLabelKeys(spec: JsonObject, labels: Readonly<Record<string, string>>): void {
  const affinity = objectIn(spec, "affinity");
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const terms = objectIn(affinity, kind);
    for (const term of objectsIn(terms, "requiredDuringSchedulingIgnoredDuringExecution")) {
      mergeTerm(term, labels);
    }
    for (const weighted of objectsIn(terms, "preferredDuringSchedulingIgnoredDuringExecution")) {
      mergeTerm(objectIn(weighted, "podAffinityTerm"), labels);
    }
  }
  for (const constraint of objectsIn(spec, "topologySpreadConstraints")) mergeTerm(constraint, labels);
}

function mergeTerm(term: JsonObject, labels: Readonly<Record<string, string>>): void {
  if (!hasField(term, "labelSelector")) return;
  const added: JsonObject[] = [];
  for (const [list, operator] of [
    ["matchLabelKeys", "In"],
    ["mismatchLabelKeys", "NotIn"],
  ] as const) {
    for (const key of stringsIn(term, list)) {
      const value = labels[key];
      if (value !== undefined) added.push({ key, operator, values: [value] });
    }
  }
  if (added.length === 0) return;
  const selector = objectIn(term, "labelSelector");
  term.labelSelector = {
    ...selector,
    matchExpressions: [...objectsIn(selector, "matchExpressions"), ...added],
  };
}
