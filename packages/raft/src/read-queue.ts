/**
 * ReadIndex requests that wait for a quorum to confirm the leader (section 6.4). Each heartbeat round carries
 * a number; a quorum that answered round n confirms every request of round n and before.
 */
import type { MemberId } from "./message.ts";

/** A read point that somebody asks for. */
export interface ReadRequest {
  readonly from: MemberId;
  readonly context: bigint;
}

interface Waiting extends ReadRequest {
  readonly round: number;
  readonly index: number;
}

/** Bound: requests that wait at a time; more are dropped, and their callers time out. */
const WAITING_MAX = 100_000;

/** The reads of one leader. */
export class ReadQueue {
  /** Requests that came before the leader committed an entry of its term. */
  readonly postponed: ReadRequest[] = [];
  #waiting: Waiting[] = [];
  #round = 0;
  readonly #acked = new Map<MemberId, number>();

  get round(): number {
    return this.#round;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  postpone(request: ReadRequest): void {
    if (this.postponed.length < WAITING_MAX) this.postponed.push(request);
  }

  takePostponed(): ReadRequest[] {
    return this.postponed.splice(0);
  }

  /** Begins a round for a request that may read at `index`. */
  add(request: ReadRequest, index: number): void {
    if (this.#waiting.length >= WAITING_MAX) return;
    this.#waiting.push({ ...request, index, round: ++this.#round });
  }

  /** A member answered the heartbeat of a round. */
  ack(member: MemberId, round: number): void {
    if (round > (this.#acked.get(member) ?? 0)) this.#acked.set(member, round);
  }

  ackedRound(member: MemberId): number {
    return this.#acked.get(member) ?? 0;
  }

  /** Removes and answers with the requests confirmed by `round`. */
  confirmed(round: number): readonly Waiting[] {
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.round <= round) count++;
    return count === 0 ? [] : this.#waiting.splice(0, count);
  }

  clear(): void {
    this.postponed.length = 0;
    this.#waiting = [];
    this.#acked.clear();
  }
}
