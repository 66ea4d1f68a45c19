export type { CertificateFiles } from "./certificates/certificate-request.ts";
export { LocalCluster, type LocalClusterOptions } from "./cluster/local-cluster.ts";
export * from "./control-plane.ts";
export * from "./start-replica.ts";
