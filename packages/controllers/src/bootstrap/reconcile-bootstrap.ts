/**
 * How far the server puts its own objects right when it finds them changed: roles get missing rules back and
 * bindings missing subjects, flow control its settings, each unless its annotation says that the
 * administrator keeps it.
 */
import { type JsonValue, jsonEqual, type KubernetesObject, listIn } from "@quorate/object";

const RBAC_AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";
const FLOW_AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec";

/** Adds what `wanted` has and the object lacks; false where it lacks nothing. */
function addMissing(object: KubernetesObject, wanted: KubernetesObject, field: string): boolean {
  const present = listIn(object, field);
  const missing = listIn(wanted, field).filter((item) => !present.some((one) => jsonEqual(one, item)));
  if (missing.length === 0) return false;
  object[field] = [...present, ...missing];
  return true;
}

function addMissingMetadata(object: KubernetesObject, wanted: KubernetesObject): boolean {
  let isChanged = false;
  for (const field of ["labels", "annotations"] as const) {
    for (const [key, value] of Object.entries(wanted.metadata[field] ?? {})) {
      if (object.metadata[field]?.[key] !== undefined) continue;
      object.metadata[field] = { ...object.metadata[field], [key]: value };
      isChanged = true;
    }
  }
  return isChanged;
}

function resetSpec(object: KubernetesObject, wanted: KubernetesObject): boolean {
  if (object.metadata.annotations?.[FLOW_AUTOUPDATE] === "false") return false;
  if (jsonEqual(object.spec as JsonValue, wanted.spec as JsonValue)) return false;
  object.spec = structuredClone(wanted.spec!);
  return true;
}

/** Brings `object` to what it should be, in place; false where it is so. */
export function reconcileBootstrap(object: KubernetesObject, wanted: KubernetesObject): boolean {
  switch (wanted.kind) {
    case "ClusterRole":
    case "Role":
    case "ClusterRoleBinding":
    case "RoleBinding": {
      if (object.metadata.annotations?.[RBAC_AUTOUPDATE] === "false") return false;
      const field = wanted.kind.endsWith("Binding") ? "subjects" : "rules";
      const isAggregated = wanted["aggregationRule"] !== undefined;
      const isIncomplete = !isAggregated && addMissing(object, wanted, field);
      return addMissingMetadata(object, wanted) || isIncomplete;
    }
    case "FlowSchema":
    case "PriorityLevelConfiguration":
      return resetSpec(object, wanted);
    default:
      return false;
  }
}
