/**
 * What a member does by itself from time to time: tells the cluster of itself, asks to be promoted, compacts, watches
 * its disk, compares the members.
 */
import type { KvHash, Store } from "@quorate/mvcc";
import type { MemberId } from "@quorate/raft";
import type { AppliedState } from "./applier.ts";
import { AutoCompactor } from "./auto-compactor.ts";
import type { LogCommand } from "./command-codec.ts";
import { CorruptionCheck, type MemberHash } from "./corruption-check.ts";
import type { LeaderCall } from "./leader-calls.ts";
import { MemberReports } from "./member-reports.ts";
import type { ReplicaOptions } from "./replica-options.ts";
import type { Scheduler } from "./scheduler.ts";
import { SelfPromotion } from "./self-promotion.ts";
import { SpaceGuard } from "./space-guard.ts";
import { SpaceReclaimer } from "./space-reclaimer.ts";

/** What the upkeep needs of the replica. */
export interface UpkeepOptions {
  readonly options: ReplicaOptions;
  readonly state: () => AppliedState;
  readonly propose: (command: LogCommand) => Promise<unknown>;
  /** Asks the leader, or `target` where that is given. */
  readonly ask: (call: LeaderCall, target?: MemberId) => Promise<unknown>;
  readonly note: (line: string) => void;
  /** Bytes of entries that the log has taken since the start. */
  readonly writtenBytes: () => number;
  readonly now: number;
}

/** The upkeep of one member. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #reports: MemberReports;
  readonly #promotion: SelfPromotion | undefined;
  readonly #compactor: AutoCompactor | undefined;
  readonly #space: SpaceGuard | undefined;
  readonly #reclaimer: SpaceReclaimer;
  readonly #corruption: CorruptionCheck;

  constructor(upkeep: UpkeepOptions) {
    this.#options = upkeep;
    const { options, state, propose, ask, note, now } = upkeep;
    const { id: self } = options;
    this.#space = options.diskSpace ? new SpaceGuard(options.diskSpace) : undefined;
    this.#reclaimer = new SpaceReclaimer({ state, isShort: () => this.isShortOfSpace, note });
    this.#reports = new MemberReports({
      self,
      name: options.name,
      clientUrls: options.clientUrls,
      directoryId: options.directoryId ?? 0n,
      isShort: () => this.isShortOfSpace,
      state,
      propose,
    });
    this.#promotion = options.promoteWhenReady
      ? new SelfPromotion({ self, membership: () => state().membership, ask, note })
      : undefined;
    const compact = (revision: number) => propose({ op: "compact", revision });
    const revision = () => state().store.revision;
    this.#compactor = options.autoCompaction
      ? new AutoCompactor({ keep: options.autoCompaction, revision, compact, note }, now)
      : undefined;
    this.#corruption = new CorruptionCheck(
      {
        self,
        others: () =>
          state()
            .membership.list()
            .map(({ id }) => id)
            .filter((id) => id !== self),
        ownHash: (at) => this.hash(at),
        hashOf: async (member, at) => (await ask({ op: "hash-kv", revision: at }, member)) as KvHash,
        alarm: (member) => propose({ op: "alarm", alarm: "corrupt", member, raised: true }),
        note,
        everyMs: options.corruptCheckMs ?? 0,
      },
      now,
    );
  }

  /** Whether the disk is nearly full. */
  get isShortOfSpace(): boolean {
    return this.#space?.isShort === true;
  }

  /** Does what is due. */
  tick(now: number, hasLeader: boolean, isLeading: boolean): void {
    this.#space?.tick(now, this.#options.writtenBytes());
    this.#reclaimer.tick();
    if (!hasLeader) return;
    this.#reports.tick();
    this.#promotion?.tick(now);
    this.#compactor?.tick(now, isLeading);
    this.#corruption.tick(now, isLeading);
  }

  /** The hash of this member's data at a revision, 0: the newest; between slices others get their turn. */
  hash(revision: number): Promise<KvHash> {
    const { options, state } = this.#options;
    return hashInTurns(state().store, revision, options.scheduler);
  }

  /** Every member's hash, for a comparison. */
  compare(): Promise<readonly MemberHash[]> {
    return this.#corruption.compare();
  }
}

async function hashInTurns(store: Store, revision: number, scheduler: Scheduler): Promise<KvHash> {
  const walk = store.hashKv(revision);
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
    await new Promise<void>((resolve) => scheduler.soon(resolve));
  }
}
