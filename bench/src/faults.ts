/**
 * Faults of networks and disks around processes, for whoever else starts members: namespaces with cables that
 * can be pulled, and syncs that are held back.
 */
export { HeldSyncs } from "./failover/disk-stall.ts";
export { canUseNamespaces, NamespaceNetwork } from "./failover/namespace-network.ts";
