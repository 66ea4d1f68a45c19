/** Who leads, as this member knows it, and what begins and ends with that. */
import type { MemberId, SoftState } from "@quorate/raft";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { MemberChanges } from "./member-changes.ts";
import type { ReadBarrier } from "./read-barrier.ts";

/** The parts of a replica that care who leads. */
export interface LeadershipOptions {
  readonly self: MemberId;
  readonly leases: LeaseKeeper;
  readonly changes: MemberChanges;
  readonly reads: ReadBarrier;
  readonly now: () => number;
  readonly note: (line: string) => void;
  readonly leaderChanged?: (leader: MemberId) => void;
}

/** The leader of the moment. */
export class Leadership {
  readonly #options: LeadershipOptions;
  #leader: MemberId = 0n;
  #leading = false;
  #leaderChanges = 0;
  #heartbeatFailures = 0;
  #tickedMs: number | undefined;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** 0n where none is known. */
  get leader(): MemberId {
    return this.#leader;
  }

  /** Whether it is this member. */
  get leading(): boolean {
    return this.#leading;
  }

  /** For the metrics. */
  get counts(): { readonly leaderChanges: number; readonly heartbeatFailures: number } {
    return { leaderChanges: this.#leaderChanges, heartbeatFailures: this.#heartbeatFailures };
  }

  /** With every tick, so with every heartbeat. Compat: one after twice its time is a failure to each peer. */
  tick(heartbeatMs: number, peers: number): void {
    const now = this.#options.now();
    if (this.#leading && this.#tickedMs !== undefined && now - this.#tickedMs > heartbeatMs * 2)
      this.#heartbeatFailures += peers;
    this.#tickedMs = this.#leading ? now : undefined;
  }

  /** Raft says that the role or the leader changed. */
  changed({ leader, role }: SoftState, term: number): void {
    const { leases, changes, reads, now } = this.#options;
    const leading = role === "leader";
    const isOther = leader !== this.#leader;
    if (isOther && leader !== 0n) this.#leaderChanges++;
    if (isOther) this.#tell(leader, term);
    if (leading && !this.#leading) leases.lead(term);
    if (!leading && this.#leading) {
      leases.follow();
      changes.leadershipLost();
    }
    this.#leader = leader;
    this.#leading = leading;
    if (isOther) this.#options.leaderChanged?.(leader);
    if (isOther && leader !== 0n) reads.leaderChanged(now());
  }

  #tell(leader: MemberId, term: number): void {
    const { self, note } = this.#options;
    if (leader === 0n) note(`no leader in term ${term}`);
    else if (leader === self) note(`this member leads in term ${term}`);
    else note(`member ${leader.toString(16)} leads in term ${term}`);
  }
}
