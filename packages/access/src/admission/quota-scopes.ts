/** Which pods a quota with scopes is about. Scopes speak of pods alone: other objects are in none. */
import {
  hasField,
  type JsonObject,
  type KubernetesObject,
  listIn,
  objectIn,
  objectsIn,
  stringIn,
  stringsIn,
} from "@quorate/object";

interface ScopeRequirement {
  readonly scope: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Whether the quota is about the object: all its scopes hold, or it has none. */
export function isInScope(quota: KubernetesObject, object: KubernetesObject, isPod: boolean): boolean {
  const requirements = requirementsOf(quota);
  if (requirements.length === 0) return true;
  return isPod && requirements.every((requirement) => holds(requirement, object));
}

function requirementsOf({ spec }: KubernetesObject): ScopeRequirement[] {
  const plain = stringsIn(spec, "scopes").map((scope) => ({ scope, operator: "Exists", values: [] }));
  const selected = objectsIn(objectIn(spec, "scopeSelector"), "matchExpressions").map((item) => ({
    scope: stringIn(item, "scopeName"),
    operator: stringIn(item, "operator"),
    values: stringsIn(item, "values"),
  }));
  return [...plain, ...selected];
}

function holds({ scope, operator, values }: ScopeRequirement, pod: KubernetesObject): boolean {
  switch (scope) {
    case "Terminating":
      return hasField(pod.spec, "activeDeadlineSeconds");
    case "NotTerminating":
      return !hasField(pod.spec, "activeDeadlineSeconds");
    case "BestEffort":
      return isBestEffort(pod);
    case "NotBestEffort":
      return !isBestEffort(pod);
    case "PriorityClass":
      return matchesClass(stringIn(pod.spec, "priorityClassName"), operator, values);
    case "CrossNamespacePodAffinity":
      return looksElsewhere(pod);
    default:
      return false;
  }
}

function matchesClass(name: string, operator: string, values: readonly string[]): boolean {
  if (operator === "Exists") return name !== "";
  if (operator === "DoesNotExist") return name === "";
  return operator === "In" ? values.includes(name) : !values.includes(name);
}

/** No container asks for anything. */
function isBestEffort({ spec }: KubernetesObject): boolean {
  const owners = [...objectsIn(spec, "containers"), ...objectsIn(spec, "initContainers"), spec as JsonObject];
  return owners.every((owner) => {
    const resources = objectIn(owner, "resources");
    return ["requests", "limits"].every((half) => Object.keys(objectIn(resources, half)).length === 0);
  });
}

/** An affinity term names namespaces of its own. */
function looksElsewhere({ spec }: KubernetesObject): boolean {
  const affinity = objectIn(spec, "affinity");
  return ["podAffinity", "podAntiAffinity"].some((kind) => {
    const rules = objectIn(affinity, kind);
    const preferred = objectsIn(rules, "preferredDuringSchedulingIgnoredDuringExecution");
    const terms = [
      ...objectsIn(rules, "requiredDuringSchedulingIgnoredDuringExecution"),
      ...preferred.map((item) => objectIn(item, "podAffinityTerm")),
    ];
    return terms.some((term) => listIn(term, "namespaces").length > 0 || hasField(term, "namespaceSelector"));
  });
}
