/** The ServiceCIDR `kubernetes`: the ranges of --service-cluster-ip-range, ready to be used. */
import { formatTime, type KubernetesObject } from "@quorate/object";

const NAME = "kubernetes";

/** `ranges` are the flag's, separated by commas. */
export function serviceRangeObject(ranges: string): KubernetesObject {
  return {
    kind: "ServiceCIDR",
    apiVersion: "networking.k8s.io/v1",
    metadata: { name: NAME },
    spec: { cidrs: ranges.split(",") },
  };
}

/** The status of a range that addresses are taken from. */
export function readyRangeStatus(nowMs: number): KubernetesObject["status"] {
  return {
    conditions: [
      {
        type: "Ready",
        status: "True",
        lastTransitionTime: formatTime(nowMs),
        reason: "",
        message: "Kubernetes default Service CIDR is ready",
      },
    ],
  };
}
