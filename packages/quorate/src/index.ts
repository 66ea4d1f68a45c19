export { type LocalClusterOptions, LocalCluster } from "./cluster/local-cluster.ts";
export * from "./start-replica.ts";
