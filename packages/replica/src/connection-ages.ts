/** Since when this member has been connected with each other, looked at with every tick. */
import type { MemberId } from "@quorate/raft";

/** Ages in milliseconds of the replica's clock. */
export class ConnectionAges {
  readonly #isConnected: (member: MemberId) => boolean;
  readonly #since = new Map<MemberId, number>();
  #now: number;

  constructor(isConnected: (member: MemberId) => boolean, now: number) {
    this.#isConnected = isConnected;
    this.#now = now;
  }

  /** Looks at the members. */
  tick(members: Iterable<MemberId>, now: number): void {
    this.#now = now;
    const known = new Set<MemberId>();
    for (const member of members) {
      known.add(member);
      if (!this.#isConnected(member)) this.#since.delete(member);
      else if (!this.#since.has(member)) this.#since.set(member, now);
    }
    for (const member of this.#since.keys()) if (!known.has(member)) this.#since.delete(member);
  }

  /** Whether the connection is there and was at every look for so long. */
  isConnectedFor(member: MemberId, ms: number): boolean {
    if (!this.#isConnected(member)) return false;
    if (ms <= 0) return true;
    const since = this.#since.get(member);
    return since !== undefined && this.#now - since >= ms;
  }
}
