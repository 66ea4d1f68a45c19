/** Labels of nodes that were renamed or mean nothing any more, and what is said where one is asked for. */
import { type JsonObject, objectsIn, stringIn } from "@quorate/object";

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  [
    "failure-domain.beta.kubernetes.io/region",
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  ],
  [
    "failure-domain.beta.kubernetes.io/zone",
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    "beta.kubernetes.io/instance-type",
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  [
    "scheduler.alpha.kubernetes.io/preferAvoidPods",
    "deprecated since v1.22; use Taints and Tolerations instead",
  ],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** Why a label should not be asked for; undefined for all others. */
export function nodeLabelMessage(key: string): string | undefined {
  return MESSAGES.get(key);
}

/** Warnings of one term of a node selector. */
export function nodeSelectorTermWarnings(term: JsonObject, field: string): string[] {
  return objectsIn(term, "matchExpressions").flatMap((expression, index) => {
    const key = stringIn(expression, "key");
    const message = nodeLabelMessage(key);
    return message === undefined ? [] : [`${field}.matchExpressions[${index}].key: ${key} is ${message}`];
  });
}
