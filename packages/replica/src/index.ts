export type { AutoCompaction } from "./auto-compactor.ts";
export * from "./byte-reader.ts";
export * from "./byte-writer.ts";
export { fetchClusterDescription } from "./cluster-description.ts";
export { decodeCommand, encodeCommand, type LogCommand } from "./command-codec.ts";
export { ControlClient } from "./control-client.ts";
export { type MemberHash, oddOnes } from "./corruption-check.ts";
export type * from "./durable-log.ts";
export * from "./duration-histogram.ts";
export * from "./frame-carrier.ts";
export * from "./kv-port-server.ts";
export * from "./kv-socket.ts";
export * from "./log-trimmer.ts";
export * from "./member-attributes.ts";
export * from "./membership.ts";
export * from "./memory-peer-network.ts";
export {
  readPeerMessages,
  readSnapshotHead,
  writePeerMessages,
  writeSnapshotHead,
} from "./peer-codec.ts";
export * from "./peer-socket.ts";
export type { PeerTrafficCounts } from "./peer-traffic.ts";
export type * from "./peer-transport.ts";
export * from "./port-kv.ts";
export { replayEntries } from "./replay-entries.ts";
export * from "./replica.ts";
export type { ReplicaCountsView, SnapshotCounts } from "./replica-counts.ts";
export * from "./replica-kv.ts";
export type * from "./replica-options.ts";
export * from "./scheduler.ts";
export * from "./snapshot-codec.ts";
export { encodeState } from "./snapshot-codec.ts";
export * from "./socket-peer-transport.ts";
export type { DiskSpace } from "./space-guard.ts";
export * from "./state-storage.ts";
