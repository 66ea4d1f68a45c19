/**
 * What every member tells the cluster of itself, by proposals that are repeated until they show: its name and
 * client URLs, and the alarm that its state is over the quota, or not any more.
 */
import type { MemberId } from "@quorate/raft";
import type { AppliedState } from "./applier.ts";
import type { LogCommand } from "./command-codec.ts";

/** What is told, and how. */
export interface MemberReportsOptions {
  readonly self: MemberId;
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly directoryId: bigint;
  /** Whether the disk is nearly full. */
  readonly isShort: () => boolean;
  readonly state: () => AppliedState;
  readonly propose: (command: LogCommand) => Promise<unknown>;
}

/** One member's reports, one proposal at a time. */
export class MemberReports {
  readonly #options: MemberReportsOptions;
  #underWay = false;
  /** The revision at which the alarm was last seen to stand. */
  #raisedAt = 0;

  constructor(options: MemberReportsOptions) {
    this.#options = options;
  }

  /** Proposes what is due; called with every tick while there is a leader. */
  tick(): void {
    if (this.#underWay) return;
    const command = this.#attributes() ?? this.#quotaAlarm();
    if (!command) return;
    this.#underWay = true;
    const done = (): void => {
      this.#underWay = false;
    };
    this.#options.propose(command).then(done, done);
  }

  #attributes(): LogCommand | undefined {
    const { self, name, clientUrls, directoryId, state } = this.#options;
    const known = state().membership.find(self);
    if (!known) return undefined;
    // Never overwritten: it is what tells this member from one that lost its data.
    if (known.directoryId && known.directoryId !== directoryId) return undefined;
    const isTold = known.name === name && known.clientUrls.join() === clientUrls.join();
    if (isTold && (known.directoryId ?? 0n) === directoryId) return undefined;
    const directory = directoryId === 0n ? undefined : { directoryId };
    return { op: "member-update", member: { ...known, name, clientUrls, ...directory } };
  }

  #quotaAlarm(): LogCommand | undefined {
    const { self, state, isShort } = this.#options;
    const { store } = state();
    const isRaised = store.alarms.has(`no-space/${self}`);
    if (isRaised) this.#raisedAt = store.revision;
    const isDue = isShort() || (isRaised ? store.isNearQuota : store.isOverQuota);
    if (isDue === isRaised) return undefined;
    // Compat: an operator who ends the alarm is believed until something is written.
    if (!isRaised && !isShort() && store.revision === this.#raisedAt) return undefined;
    return { op: "alarm", alarm: "no-space", member: self, raised: !isRaised };
  }
}
