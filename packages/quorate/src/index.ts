/** What applications and tests may use beside the command. */
export { type RunningReplica, type StartReplicaOptions, startReplica } from "./start-replica.ts";
