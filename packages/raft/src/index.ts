export {
  changedConf,
  decodeConfChange,
  encodeConfChange,
  isJoint,
  leavesJoint,
  NO_CONF,
} from "./conf-change.ts";
export { type EntryLoader, MemoryRaftLog } from "./memory-raft-log.ts";
export * from "./message.ts";
export { type InflightLimits, Inflights, Progress, type ProgressState } from "./progress.ts";
export * from "./quorum.ts";
export { type FollowerStatus, Raft, type RaftStatus } from "./raft.ts";
export { RAFT_DEFAULTS, type RaftConfig } from "./raft-config.ts";
export type { RaftLogReader } from "./raft-log-reader.ts";
export type { ProposeResult } from "./step-leader.ts";
