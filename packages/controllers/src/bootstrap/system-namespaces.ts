/** The namespaces that every cluster has. */
import type { KubernetesObject } from "@quorate/object";

/** Their names; all but kube-node-lease can't be deleted. */
export const SYSTEM_NAMESPACES = ["kube-system", "kube-public", "kube-node-lease", "default"] as const;

/** A namespace as it is created. */
export function namespaceObject(name: string): KubernetesObject {
  return { kind: "Namespace", apiVersion: "v1", metadata: { name } };
}
