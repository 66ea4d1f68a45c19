/** What a member's connections with the others have carried and lost, for its metrics. */
import type { MemberId } from "@quorate/raft";
import { DurationHistogram, type DurationSummary } from "./duration-histogram.ts";

/** Of one other member, since the start. */
export interface PeerTrafficCounts {
  readonly id: MemberId;
  readonly isConnected: boolean;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Batches of messages that were dropped, since there was no connection or it was too far behind. */
  readonly sendFailures: number;
  /** Connections to it that broke. */
  readonly disconnects: number;
  readonly roundTrips: DurationSummary;
}

type Counted = Exclude<keyof PeerTrafficCounts, "id" | "isConnected" | "roundTrips">;
type Sums = { -readonly [K in Counted]: number } & { readonly roundTrips: DurationHistogram };

/** etcd's buckets of `peer_round_trip_time_seconds`. */
const ROUND_TRIP_BUCKETS_MS = Array.from({ length: 16 }, (_, i) => 0.1 * 2 ** i);

/** Counts by member; those of one that was removed go on where it comes back. */
export class PeerTraffic {
  readonly #sums = new Map<MemberId, Sums>();

  sent(to: MemberId, bytes: number): void {
    this.#of(to).sentBytes += bytes;
  }

  received(from: MemberId, bytes: number): void {
    this.#of(from).receivedBytes += bytes;
  }

  failed(to: MemberId): void {
    this.#of(to).sendFailures++;
  }

  disconnected(from: MemberId): void {
    this.#of(from).disconnects++;
  }

  roundTrip(to: MemberId, ms: number): void {
    this.#of(to).roundTrips.add(ms);
  }

  /** The counts of a member. */
  counts(id: MemberId, isConnected: boolean): PeerTrafficCounts {
    const sums = this.#of(id);
    return { ...sums, id, isConnected, roundTrips: sums.roundTrips.summary() };
  }

  #of(id: MemberId): Sums {
    let sums = this.#sums.get(id);
    if (!sums) {
      const roundTrips = new DurationHistogram(ROUND_TRIP_BUCKETS_MS);
      sums = { sentBytes: 0, receivedBytes: 0, sendFailures: 0, disconnects: 0, roundTrips };
      this.#sums.set(id, sums);
    }
    return sums;
  }
}
