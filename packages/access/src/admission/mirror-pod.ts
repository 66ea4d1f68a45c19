/**
 * Mirror pods show what a kubelet runs from its own files; they may refer to nothing that the API would hand
 * out.
 */
import { hasField, type KubernetesObject, objectIn, objectsIn, stringIn } from "@quorate/object";
import type { AdmissionRequest } from "./admission.ts";
import { secretsOf } from "./pod-secrets.ts";
import { refuse } from "./refusal.ts";

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** Whether the pod was made by a kubelet to show what it runs. */
export function isMirrorPod(pod: KubernetesObject): boolean {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

/** Throws a 403 where a mirror pod refers to accounts, secrets or tokens. */
export function requireHarmlessMirror(request: AdmissionRequest, pod: KubernetesObject): void {
  if (stringIn(pod.spec, "serviceAccountName") !== "") {
    throw refuse(request, "a mirror pod may not reference service accounts");
  }
  if (secretsOf(pod).length > 0) throw refuse(request, "a mirror pod may not reference secrets");
  for (const volume of objectsIn(pod.spec, "volumes")) {
    const sources = objectsIn(objectIn(volume, "projected"), "sources");
    if (sources.some((source) => hasField(source, "serviceAccountToken"))) {
      throw refuse(request, "a mirror pod may not use ServiceAccountToken volume projections");
    }
  }
}
