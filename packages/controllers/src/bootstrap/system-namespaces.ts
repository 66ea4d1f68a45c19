/** The namespaces that every cluster has. */
import type { KubernetesObject } from "@quorate/object";

export const SYSTEM_NAMESPACES = ["kube-system", "kube-public", "kube-node-lease", "default"] as const;

export function namespaceObject(name: string): KubernetesObject {
  return { kind: "Namespace", apiVersion: "v1", metadata: { name } };
}
