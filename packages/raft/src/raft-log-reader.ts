/**
 * What raft reads of the log that its driver has handed to storage. Synchronous: the driver keeps the newest
 * entries in memory and reads older ones, up to the last trim, from its disk; a follower that needs even
 * older ones gets a snapshot.
 */
import type { Entry, SnapshotMeta } from "./message.ts";

/** The log that storage has confirmed. */
export interface RaftLogReader {
  /** Index of the first entry that can still be read: snapshot index + 1 where the log was trimmed. */
  firstIndex(): number;
  /** Index of the last entry, `firstIndex() - 1` where there is none. */
  lastIndex(): number;
  /** Term at `index`, also at `firstIndex() - 1`; undefined where trimmed away or not there yet. */
  term(index: number): number | undefined;
  /**
   * Entries of [start, end), cut after `bytesMax` bytes of data but never to none. Throws `LOG_COMPACTED`
   * below firstIndex.
   */
  entries(start: number, end: number, bytesMax: number): readonly Entry[];
  /** The latest point a snapshot can be made for a follower. */
  snapshot(): SnapshotMeta;
}
