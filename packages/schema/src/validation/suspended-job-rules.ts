/**
 * What may change of a job's pods: nothing, but while it is suspended and none of them is left; its next ones
 * may then be steered to other nodes and ask for other resources.
 */
import {
  fieldOf,
  hasField,
  isTrueIn,
  type JsonObject,
  jsonEqual,
  type KubernetesObject,
  numberIn,
  objectIn,
  objectsIn,
} from "@quorate/object";
import type { Findings } from "./findings.ts";
import { IMMUTABLE } from "./metadata.ts";

const STEERING = ["nodeSelector", "tolerations", "schedulingGates"];
const CONTAINERS = ["containers", "initContainers"];

/** One finding where the template has changed in what may not. */
export function validateTemplateUpdate(
  next: KubernetesObject,
  current: KubernetesObject,
  findings: Findings,
): void {
  const template = objectIn(next.spec, "template");
  const old = objectIn(current.spec, "template");
  if (!mayChange(current)) {
    if (!jsonEqual(template, old)) findings.invalid("spec.template", template, IMMUTABLE);
    return;
  }
  const podSpec = objectIn(template, "spec");
  const oldSpec = objectIn(old, "spec");
  if (jsonEqual(withOldParts(podSpec, oldSpec), oldSpec)) return;
  findings.invalid("spec.template.spec", podSpec, IMMUTABLE);
}

/** Whether the job is suspended, and has either never begun or let all its pods go. */
function mayChange({ spec, status }: KubernetesObject): boolean {
  if (!isTrueIn(spec, "suspend") || numberIn(status, "active") > 0) return false;
  if (!hasField(status, "startTime")) return true;
  return objectsIn(status, "conditions").some(
    ({ type, status: state }) => type === "Suspended" && state === "True",
  );
}

/** The pod with everything that may change as it was before. */
function withOldParts(podSpec: JsonObject, old: JsonObject): JsonObject {
  const changed = { ...podSpec };
  for (const key of STEERING) setOrDelete(changed, key, fieldOf(old, key));
  if (hasField(podSpec, "affinity") || hasField(old, "affinity")) {
    setOrDelete(changed, "affinity", affinityOf(podSpec, old));
  }
  for (const key of CONTAINERS) {
    const before = objectsIn(old, key);
    const now = objectsIn(podSpec, key);
    if (now.length === 0 || now.length !== before.length) continue;
    changed[key] = now.map((container, index) => {
      const { name, resources } = before[index]!;
      if (container.name !== name) return container;
      const kept = { ...container };
      setOrDelete(kept, "resources", resources);
      return kept;
    });
  }
  return changed;
}

/** Only the part about nodes may change; without any other part it may come and go as a whole. */
function affinityOf(podSpec: JsonObject, old: JsonObject): JsonObject | undefined {
  const { nodeAffinity: _, ...rest } = objectIn(podSpec, "affinity");
  const before = fieldOf(objectIn(old, "affinity"), "nodeAffinity");
  if (before !== undefined) return { ...rest, nodeAffinity: before };
  return Object.keys(rest).length > 0 || hasField(old, "affinity") ? rest : undefined;
}

function setOrDelete(target: JsonObject, key: string, value: JsonObject[string] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}
