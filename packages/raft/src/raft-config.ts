/** What a member's raft is made with. Times are in ticks: the driver decides how long one lasts. */
import type { ConfState, HardState, MemberId } from "./message.ts";

/** The member, what it remembers, and its limits. */
export interface RaftConfig {
  readonly id: MemberId;
  readonly hardState: HardState;
  /** The configuration as of `applied`. */
  readonly conf: ConfState;
  /** Index up to which the state machine had applied when it was stored. */
  readonly applied: number;
  /** A follower that hears nothing for this many ticks (to twice as many, randomised) campaigns. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Bytes of entries in one append. */
  readonly entryBytesMax?: number;
  /** Appends, and their bytes, under way to one follower. */
  readonly inflightMessagesMax?: number;
  readonly inflightBytesMax?: number;
  /** Bytes of proposals that are not committed yet; more are dropped. */
  readonly uncommittedBytesMax?: number;
  /** Bytes of committed entries given out in one Ready. */
  readonly committedBytesMax?: number;
}

/** The limits where the configuration does not say; etcd's. */
export const RAFT_DEFAULTS = {
  entryBytesMax: 1 << 20,
  inflightMessagesMax: 256,
  inflightBytesMax: 16 << 20,
  uncommittedBytesMax: 64 << 20,
  committedBytesMax: 8 << 20,
} as const;
