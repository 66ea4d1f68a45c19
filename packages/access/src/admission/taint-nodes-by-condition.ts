/**
 * TaintNodesByCondition: a node starts as not ready, so that nothing is scheduled on it before it says
 * otherwise.
 */
import { objectsIn, stringIn } from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { isObjectOf } from "./target.ts";

const KEY = "node.kubernetes.io/not-ready";
const EFFECT = "NoSchedule";

/** Adds a taint to new nodes. */
export class TaintNodesByCondition implements AdmissionPlugin {
  readonly name = "TaintNodesByCondition";

  concerns(target: AdmissionTarget): boolean {
    return target.operation === "CREATE" && isObjectOf(target, "", "nodes");
  }

  mutate({ object }: AdmissionRequest): void {
    const node = object!;
    node.spec ??= {};
    const taints = objectsIn(node.spec, "taints");
    const hasTaint = taints.some(
      (taint) => stringIn(taint, "key") === KEY && stringIn(taint, "effect") === EFFECT,
    );
    if (!hasTaint) node.spec.taints = [...taints, { key: KEY, effect: EFFECT }];
  }
}
