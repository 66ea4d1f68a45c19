/** StatefulSets: their claim templates say what they are, as the reference's conversion has it. */
import { type JsonObject, type KubernetesObject, objectIn } from "@quorate/object";
import { labelName } from "../validation/metadata.ts";
import type { KindRules } from "./kind-rules.ts";
import { ownPart } from "./own-part.ts";

/**
 * Writes kind and apiVersion into each claim template of a StatefulSet; any other object stays as it is.
 * Compat: clients that apply what they have read would else see a difference.
 */
export function nameClaimTemplates(object: KubernetesObject): void {
  if (object.kind !== "StatefulSet") return;
  const { volumeClaimTemplates } = objectIn(object as unknown as JsonObject, "spec");
  if (!Array.isArray(volumeClaimTemplates)) return;
  ownPart(object, "spec").volumeClaimTemplates = (volumeClaimTemplates as JsonObject[]).map((template) => {
    const { kind: _kind, apiVersion: _version, ...rest } = template;
    return { kind: "PersistentVolumeClaim", apiVersion: "v1", ...rest };
  });
}

/** Counts changes of the spec; its name is a label. */
export const statefulSetStrategy: KindRules = {
  generationOf: ["spec"],
  checkName: labelName,
  prepareCreate: nameClaimTemplates,
  prepareUpdate: nameClaimTemplates,
};
