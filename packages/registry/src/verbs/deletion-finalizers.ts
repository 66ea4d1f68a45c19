/**
 * Which finalizers an object has once its deletion was asked for: the garbage collector's two follow the
 * policy.
 */
import type { KubernetesObject } from "@quorate/object";
import type { DeleteOptions } from "../resource-store.ts";

/** Holds an owner until its dependents have been told to do without it. */
export const ORPHAN = "orphan";
/** Holds an owner until its dependents are gone. */
export const FOREGROUND = "foregroundDeletion";

/** `fallback` is the kind's policy where neither the client nor a finalizer says one. */
export function deletionFinalizers(
  { metadata }: KubernetesObject,
  options: DeleteOptions,
  fallback: "Orphan" | "Background" = "Background",
): string[] {
  const given = metadata.finalizers ?? [];
  const policy = policyOf(given, options, fallback);
  const kept = given.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (policy === "Orphan") kept.push(ORPHAN);
  if (policy === "Foreground") kept.push(FOREGROUND);
  return kept;
}

function policyOf(
  finalizers: readonly string[],
  options: DeleteOptions,
  fallback: "Orphan" | "Background",
): "Orphan" | "Background" | "Foreground" {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? "Orphan" : "Background";
  if (options.propagationPolicy) return options.propagationPolicy;
  for (const finalizer of finalizers) {
    if (finalizer === ORPHAN) return "Orphan";
    if (finalizer === FOREGROUND) return "Foreground";
  }
  return fallback;
}
