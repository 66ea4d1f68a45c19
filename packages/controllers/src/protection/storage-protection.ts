/** What keeps claims, volumes and volume attribute classes from going while they are used. */
import { fieldOf, type KubernetesObject, objectIn, objectsIn, stringIn } from "@quorate/object";
import type { ControllerContext } from "../controller.ts";
import { InUseProtection } from "./in-use-protection.ts";

async function listOf(
  { stores }: ControllerContext,
  resource: string,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const { items } = await stores.store("", resource).list({ namespace });
  return items.map((item) => item.decode());
}

/** Pods that no node has been told of use nothing yet. */
function usesClaim(pod: KubernetesObject, claim: string): boolean {
  if (stringIn(pod.spec, "nodeName") === "") return false;
  return objectsIn(pod.spec, "volumes").some((volume) => {
    if (stringIn(objectIn(volume, "persistentVolumeClaim"), "claimName") === claim) return true;
    return fieldOf(volume, "ephemeral") !== undefined && `${pod.metadata.name}-${volume["name"]}` === claim;
  });
}

/** persistentvolumeclaim-protection-controller */
export function claimProtection(context: ControllerContext): InUseProtection {
  return new InUseProtection(context, {
    controllerName: "persistentvolumeclaim-protection-controller",
    group: "",
    resource: "persistentvolumeclaims",
    finalizer: "kubernetes.io/pvc-protection",
    users: ["pods"],
    isInUse: async (from, { metadata }) => {
      const pods = await listOf(from, "pods", metadata.namespace!);
      return pods.some((pod) => usesClaim(pod, metadata.name!));
    },
  });
}

/** persistentvolume-protection-controller */
export function volumeProtection(context: ControllerContext): InUseProtection {
  return new InUseProtection(context, {
    controllerName: "persistentvolume-protection-controller",
    group: "",
    resource: "persistentvolumes",
    finalizer: "kubernetes.io/pv-protection",
    users: [],
    isInUse: async (_from, volume) => stringIn(volume.status, "phase") === "Bound",
  });
}

/** volumeattributesclass-protection-controller */
export function attributesClassProtection(context: ControllerContext): InUseProtection {
  return new InUseProtection(context, {
    controllerName: "volumeattributesclass-protection-controller",
    group: "storage.k8s.io",
    resource: "volumeattributesclasses",
    finalizer: "kubernetes.io/vac-protection",
    users: ["persistentvolumeclaims", "persistentvolumes"],
    isInUse: async (from, { metadata }) => {
      const [claims, volumes] = await Promise.all([
        listOf(from, "persistentvolumeclaims", ""),
        listOf(from, "persistentvolumes", ""),
      ]);
      return [...claims, ...volumes].some(
        ({ spec, status }) =>
          stringIn(spec, "volumeAttributesClassName") === metadata.name ||
          stringIn(status, "currentVolumeAttributesClassName") === metadata.name,
      );
    },
  });
}
