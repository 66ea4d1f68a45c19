/** What a member's connections with the others have carried and lost, for its metrics. */
import type { MemberId } from "@quorate/raft";

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
}

type Sums = { -readonly [K in Exclude<keyof PeerTrafficCounts, "id" | "isConnected">]: number };

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

  /** The counts of a member. */
  counts(id: MemberId, isConnected: boolean): PeerTrafficCounts {
    return { id, isConnected, ...this.#of(id) };
  }

  #of(id: MemberId): Sums {
    let sums = this.#sums.get(id);
    if (!sums) {
      sums = { sentBytes: 0, receivedBytes: 0, sendFailures: 0, disconnects: 0 };
      this.#sums.set(id, sums);
    }
    return sums;
  }
}
