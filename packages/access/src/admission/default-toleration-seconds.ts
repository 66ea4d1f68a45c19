/**
 * DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or can't be reached, unless
 * they say.
 */
import { type JsonObject, objectsIn, stringIn } from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { isObjectOf } from "./target.ts";

const SECONDS = 300;
const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const EFFECT = "NoExecute";

/** Fills in tolerations of pods. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = "DefaultTolerationSeconds";

  concerns(target: AdmissionTarget): boolean {
    return isObjectOf(target, "", "pods") && (target.operation === "CREATE" || target.operation === "UPDATE");
  }

  mutate({ object }: AdmissionRequest): void {
    const pod = object!;
    pod.spec ??= {};
    const tolerations = objectsIn(pod.spec, "tolerations");
    const missing = TAINTS.filter((key) => !tolerations.some((item) => tolerates(item, key)));
    if (missing.length === 0) return;
    const added = missing.map((key) => ({
      key,
      operator: "Exists",
      effect: EFFECT,
      tolerationSeconds: SECONDS,
    }));
    pod.spec.tolerations = [...tolerations, ...added];
  }
}

function tolerates(toleration: JsonObject, taint: string): boolean {
  const key = stringIn(toleration, "key");
  const effect = stringIn(toleration, "effect");
  return (key === "" || key === taint) && (effect === "" || effect === EFFECT);
}
