/** CustomResourceDefinitions remember every version that was ever stored; local APIServices are available at birth. */
import { hasField, type KubernetesObject, objectsIn, stringIn, stringsIn } from "@quorate/object";
import { pathSegmentName } from "../validation/metadata.ts";
import type { KindRules } from "./kind-rules.ts";

function rememberStoredVersion(definition: KubernetesObject): void {
  const storage = objectsIn(definition.spec, "versions").find((version) => version.storage === true);
  if (!storage) return;
  const name = stringIn(storage, "name");
  const known = stringsIn(definition.status, "storedVersions");
  if (!known.includes(name)) definition.status = { ...definition.status, storedVersions: [...known, name] };
}

export const customResourceDefinitionStrategy: KindRules = {
  generationOf: ["spec"],
  prepareCreate: rememberStoredVersion,
  prepareUpdate: rememberStoredVersion,
};

export const apiServiceStrategy: KindRules = {
  checkName: pathSegmentName,
  statusResetsMetadata: true,
  prepareCreate(service, context) {
    if (hasField(service.spec, "service")) return;
    service.status = {
      conditions: [
        {
          type: "Available",
          status: "True",
          lastTransitionTime: context.now,
          reason: "Local",
          message: "Local APIServices are always available",
        },
      ],
    };
  },
};
