/**
 * The status that a new object of each kind starts with: empty, with the zero values of the fields that Go always
 * writes. A test compares it with the kind tables.
 */
import type { JsonObject } from "@quorate/object";

const ZERO: Readonly<Record<string, JsonObject>> = {
  "/ReplicationController": { replicas: 0 },
  "/Service": { loadBalancer: {} },
  "apps/DaemonSet": {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  },
  "apps/ReplicaSet": { replicas: 0 },
  "apps/StatefulSet": { replicas: 0, availableReplicas: 0 },
  "autoscaling/HorizontalPodAutoscaler": { desiredReplicas: 0, currentMetrics: null },
  "networking.k8s.io/Ingress": { loadBalancer: {} },
  "policy/PodDisruptionBudget": {
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  },
  "storage.k8s.io/VolumeAttachment": { attached: false },
  "apiextensions.k8s.io/CustomResourceDefinition": {
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: null,
  },
};

/** A fresh zero status of a kind. */
export function zeroStatus(group: string, kind: string): JsonObject {
  const zero = ZERO[`${group}/${kind}`];
  return zero ? structuredClone(zero) : {};
}
