/** The service default/kubernetes, under which the API is reached from inside a cluster. */
import type { KubernetesObject } from "@quorate/object";

/** Where the service lies; its endpoints have the same name. */
export const KUBERNETES_SERVICE = { namespace: "default", name: "kubernetes" };
const SERVICE_PORT = 443;

/** The service's own address, and where it leads. */
export interface KubernetesServiceOptions {
  readonly serviceAddress: string;
  readonly securePort: number;
}

/** The service, complete with its defaults. */
export function kubernetesService(options: KubernetesServiceOptions): KubernetesObject {
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: { ...KUBERNETES_SERVICE, labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP",
      clusterIP: options.serviceAddress,
      clusterIPs: [options.serviceAddress],
      ipFamilies: [options.serviceAddress.includes(":") ? "IPv6" : "IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ports: [{ name: "https", port: SERVICE_PORT, protocol: "TCP", targetPort: options.securePort }],
    },
  };
}
