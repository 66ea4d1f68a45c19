/**
 * Compares what the members hold: the hash of everything readable at one revision, which every member computes of its own
 * state. A member that differs from the majority is named in a CORRUPT alarm, under which nothing is written any more
 * until an operator has replaced it.
 */
import type { KvHash } from "@quorate/mvcc";
import type { MemberId } from "@quorate/raft";

/** A member's hash, or why there is none. */
export interface MemberHash {
  readonly id: MemberId;
  readonly hash?: KvHash;
}

/** What the check needs of the replica. */
export interface CorruptionCheckOptions {
  readonly self: MemberId;
  readonly others: () => readonly MemberId[];
  /** This member's hash at a revision; 0: the newest. */
  readonly ownHash: (revision: number) => Promise<KvHash>;
  /** Another member's; rejects where it can't be had. */
  readonly hashOf: (member: MemberId, revision: number) => Promise<KvHash>;
  readonly alarm: (member: MemberId) => Promise<unknown>;
  readonly note: (line: string) => void;
  /** 0: never. */
  readonly everyMs: number;
}

/**
 * Those whose hash is not the majority's, among the hashes that can be compared: of the same revision and compaction.
 * Where there is no majority, those that differ from `self`.
 */
export function oddOnes(hashes: readonly MemberHash[], self: MemberId): readonly MemberId[] {
  const own = hashes.find(({ id }) => id === self)?.hash;
  if (!own) return [];
  const comparable = hashes.filter(
    ({ hash }) => hash?.hashRevision === own.hashRevision && hash.compactRevision === own.compactRevision,
  );
  const counts = new Map<number, number>();
  for (const { hash } of comparable) counts.set(hash!.hash, (counts.get(hash!.hash) ?? 0) + 1);
  const [commonest, count] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  const right = count * 2 > comparable.length ? commonest : own.hash;
  return comparable.filter(({ hash }) => hash!.hash !== right).map(({ id }) => id);
}

/** The checks that one member makes. */
export class CorruptionCheck {
  readonly #options: CorruptionCheckOptions;
  #nextAt: number;
  #underWay = false;

  constructor(options: CorruptionCheckOptions, now: number) {
    this.#options = options;
    this.#nextAt = now + options.everyMs;
  }

  /** Checks where that is due and this member leads; called with every tick. */
  tick(now: number, isLeading: boolean): void {
    const { everyMs, note } = this.#options;
    if (everyMs <= 0 || this.#underWay || now < this.#nextAt) return;
    this.#nextAt = now + everyMs;
    if (!isLeading) return;
    this.#underWay = true;
    this.#run()
      .catch((error: Error) => note(`the members could not be compared: ${error.message}`))
      .finally(() => {
        this.#underWay = false;
      });
  }

  /** Every member's hash at this one's newest revision. */
  async compare(): Promise<readonly MemberHash[]> {
    const { self, others, ownHash, hashOf } = this.#options;
    const own = await ownHash(0);
    const asked = others().map(async (id): Promise<MemberHash> => {
      const hash = await hashOf(id, own.hashRevision).catch(() => undefined);
      return hash ? { id, hash } : { id };
    });
    return [{ id: self, hash: own }, ...(await Promise.all(asked))];
  }

  async #run(): Promise<void> {
    const { self, alarm, note } = this.#options;
    const hashes = await this.compare();
    for (const id of oddOnes(hashes, self)) {
      note(`member ${id.toString(16)} holds other data than the majority: replace it`);
      await alarm(id);
    }
  }
}
