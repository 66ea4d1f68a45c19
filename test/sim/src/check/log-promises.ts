/**
 * What a member's log has promised to keep, it keeps: after a restart, whatever the crash did to the disk,
 * every entry, term and vote whose write had been acknowledged is there, and nothing that was never written
 * is.
 */
import type { Entry, HardState } from "@quorate/raft";
import type { LogBatch, RecoveredLog } from "@quorate/replica";
import type { Report } from "./history.ts";

const CHECKER = "what was logged stays";

interface Known {
  readonly term: number;
  readonly data: Uint8Array;
}

/** The log of one machine over the lives of its processes. */
export class LogPromises {
  readonly #report: (message: string) => void;
  /** Acknowledged entries from #start on; #start is where the log may begin at the latest. */
  readonly #entries = new Map<number, Known>();
  #last = 0;
  #trim = 0;
  #hardState: HardState = { term: 0, vote: 0n, commit: 0 };
  /** The batch whose write is under way: it may survive or not. */
  #pending: LogBatch | undefined;

  constructor(member: bigint, report: Report) {
    this.#report = (message) => report(CHECKER, `member ${member}: ${message}`);
  }

  begun(batch: LogBatch): void {
    this.#pending = batch;
  }

  /** The write of `begun` was acknowledged. */
  done(): void {
    const batch = this.#pending;
    this.#pending = undefined;
    if (!batch) return;
    if (batch.reset) {
      this.#entries.clear();
      this.#last = this.#trim = batch.reset.index;
    }
    const first = batch.entries[0];
    if (first) for (let index = first.index; index <= this.#last; index++) this.#entries.delete(index);
    for (const { index, term, data } of batch.entries) {
      this.#entries.set(index, { term, data });
      this.#last = index;
    }
    if (batch.hardState) this.#hardState = batch.hardState;
    if (batch.trim) this.#trim = Math.max(this.#trim, batch.trim.index);
  }

  /** What a new process has found; it stands from now on. */
  recovered({ hardState, start, entries }: RecoveredLog): void {
    const pending = this.#pending;
    this.#pending = undefined;
    const last = entries.at(-1)?.index ?? start.index;
    const isPending = (entry: Entry): boolean =>
      pending?.entries.some(({ index, term }) => index === entry.index && term === entry.term) ?? false;
    const wasReset = pending?.reset !== undefined && start.index === pending.reset.index;
    if (!wasReset) {
      // A pending batch that replaced entries may have survived and made those behind it void.
      const replacedFrom = pending?.entries[0]?.index ?? Number.POSITIVE_INFINITY;
      const survived = entries.some(isPending);
      const due = survived ? Math.min(this.#last, replacedFrom - 1) : this.#last;
      if (last < due) this.#report(`entry ${due} was acknowledged, the log ends at ${last}`);
      if (start.index > Math.max(this.#trim, pending?.trim?.index ?? 0))
        this.#report(`the log begins behind ${start.index}, it was trimmed only to ${this.#trim}`);
      for (const entry of entries) {
        const known = this.#entries.get(entry.index);
        if (known?.term === entry.term && Buffer.compare(known.data, entry.data) === 0) continue;
        if (isPending(entry)) continue;
        const what = known ? `another one, of term ${known.term}, was` : "none was";
        this.#report(`the log holds entry ${entry.index} of term ${entry.term}, but ${what} written there`);
        break;
      }
    }
    this.#checkHardState(hardState, pending?.hardState);
    this.#entries.clear();
    for (const { index, term, data } of entries) this.#entries.set(index, { term, data });
    this.#last = last;
    this.#trim = start.index;
    this.#hardState = hardState;
  }

  #checkHardState(found: HardState, pending: HardState | undefined): void {
    const isAs = (state: HardState | undefined): boolean =>
      state !== undefined && state.term === found.term && state.vote === found.vote;
    if (isAs(this.#hardState) || isAs(pending)) return;
    const { term, vote } = this.#hardState;
    this.#report(
      `term ${term} and vote ${vote} were acknowledged, found term ${found.term}, vote ${found.vote}`,
    );
  }
}
