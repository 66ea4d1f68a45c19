/** Bodies that tests send. */
export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
export const PODS = "/api/v1/namespaces/default/pods";
export const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
export const TABLE = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

export function configMap(name: string, data: Record<string, string> = { key: "value" }) {
  return { kind: "ConfigMap", apiVersion: "v1", metadata: { name }, data };
}

export function pod(name: string) {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: "main", image: "nginx" }] },
  };
}

export function deployment(name: string) {
  const labels = { app: name };
  return {
    kind: "Deployment",
    apiVersion: "apps/v1",
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "nginx:1" }] } },
    },
  };
}
