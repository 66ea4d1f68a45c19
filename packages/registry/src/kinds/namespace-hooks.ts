/**
 * Namespaces: the first deletion makes one Terminating and leaves it to the controller that empties it; it
 * goes only when spec.finalizers are empty, which the finalize subresource brings about.
 */
import { conflict, type KubernetesObject, listIn } from "@quorate/object";
import type { DeleteOptions, WriteContext } from "../resource-store.ts";
import { FOREGROUND, ORPHAN } from "../verbs/deletion-finalizers.ts";
import type { KindHooks } from "../verbs/write-environment.ts";

const NAMESPACES = { group: "", resource: "namespaces" };

/** What deletion means for a namespace. */
export const namespaceHooks: KindHooks = {
  mayDeleteDuringUpdate: (next) => listIn(next.spec, "finalizers").length === 0,

  checkDeletion(current, { preconditions }) {
    const { metadata } = current;
    for (const [what, key] of [
      ["UID", "uid"],
      ["ResourceVersion", "resourceVersion"],
    ] as const) {
      const wanted = preconditions?.[key];
      if (wanted === undefined || wanted === metadata[key]) continue;
      const asked = `Precondition failed: ${what} in precondition: ${wanted}`;
      const why = `${asked}, ${what} in object meta: ${metadata[key]}`;
      throw conflict(NAMESPACES, metadata.name ?? "", why);
    }
  },

  beginDeletion(current, options, context) {
    if (!current.metadata.deletionTimestamp) return terminating(current, options, context);
    return listIn(current.spec, "finalizers").length > 0 ? "wait" : undefined;
  },
};

function terminating(
  current: KubernetesObject,
  options: DeleteOptions,
  context: WriteContext,
): KubernetesObject {
  const next = structuredClone(current);
  next.metadata.deletionTimestamp = context.now;
  next.status = { ...next.status, phase: "Terminating" };
  const given = current.metadata.finalizers ?? [];
  const finalizers = given.filter((item) => item !== ORPHAN && item !== FOREGROUND);
  if (wants(options, given, ORPHAN)) finalizers.push(ORPHAN);
  if (wants(options, given, FOREGROUND)) finalizers.push(FOREGROUND);
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
  return next;
}

/** Compat: for namespaces, orphanDependents=false means the foreground. */
function wants(options: DeleteOptions, given: readonly string[], finalizer: string): boolean {
  const { orphanDependents, propagationPolicy } = options;
  if (orphanDependents !== undefined) return orphanDependents === (finalizer === ORPHAN);
  if (propagationPolicy) return propagationPolicy === (finalizer === ORPHAN ? "Orphan" : "Foreground");
  return given.includes(finalizer);
}
