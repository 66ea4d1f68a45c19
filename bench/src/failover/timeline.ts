/** What happened in each tenth of a second of a scenario, for its plot. */
import type { Attempt, ProbeRecord } from "./probe.ts";

/** Width of a bucket. */
export const BUCKET_MS = 100;

/** One number a bucket, from the start on. */
export interface Timeline {
  readonly writes: readonly number[];
  readonly reads: readonly number[];
  readonly watchEvents: readonly number[];
  /** Failed attempts of both kinds, by when they failed. */
  readonly errors: readonly number[];
  /** The slowest successful write, by when it was answered; 0 where there is none. */
  readonly slowestWriteMs: readonly number[];
}

/** From `startedMs` until `endedMs`. */
export function timelineOf(record: ProbeRecord, startedMs: number, endedMs: number): Timeline {
  // Whole buckets only: a part of one would look like a drop.
  const length = Math.max(1, Math.floor((endedMs - startedMs) / BUCKET_MS));
  const zeros = () => new Array<number>(length).fill(0);
  const timeline = {
    writes: zeros(),
    reads: zeros(),
    watchEvents: zeros(),
    errors: zeros(),
    slowestWriteMs: zeros(),
  };
  const bucketOf = (atMs: number) => Math.floor((atMs - startedMs) / BUCKET_MS);
  const count = (counts: number[], atMs: number) => {
    const bucket = bucketOf(atMs);
    if (bucket >= 0 && bucket < length) counts[bucket]!++;
  };
  const slowest = ({ startedMs: from, endedMs: at }: Attempt) => {
    const bucket = bucketOf(at);
    const before = timeline.slowestWriteMs[bucket];
    if (before !== undefined) timeline.slowestWriteMs[bucket] = Math.max(before, at - from);
  };
  for (const attempt of record.attempts) {
    if (attempt.outcome !== "ok") count(timeline.errors, attempt.endedMs);
    else if (attempt.kind === "read") count(timeline.reads, attempt.endedMs);
    else {
      count(timeline.writes, attempt.endedMs);
      slowest(attempt);
    }
  }
  for (const { atMs } of record.arrivals) count(timeline.watchEvents, atMs);
  return timeline;
}
