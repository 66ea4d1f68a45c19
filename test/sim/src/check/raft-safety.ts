/**
 * The safety properties of figure 3 of the Raft paper, watched from outside: over the messages that members
 * send and the entries that they log. One leader (and one vote of each member) a term; equal index and term
 * mean equal logs; a leader has all that was committed before its term.
 */
import type { Entry, MemberId } from "@quorate/raft";
import type { PeerMessage } from "@quorate/replica";
import type { Report } from "./history.ts";
import type { TrueHistory } from "./true-history.ts";

interface Logged {
  readonly previousTerm: number;
  readonly data: string;
}

/** Watches one cluster. */
export class RaftSafety {
  readonly #report: Report;
  readonly #history: TrueHistory;
  readonly #leaders = new Map<number, MemberId>();
  readonly #votes = new Map<string, MemberId>();
  /** All entries that anybody logged, by `index/term`. */
  readonly #logged = new Map<string, Logged>();
  readonly #checkedLeaders = new Set<number>();

  constructor(report: Report, history: TrueHistory) {
    this.#report = report;
    this.#history = history;
  }

  /** Terms that had a leader. */
  get terms(): number {
    return this.#leaders.size;
  }

  sent(from: MemberId, to: MemberId, sent: PeerMessage): void {
    if (sent.kind !== "raft") return;
    const { message } = sent;
    if (message.type === "app" || message.type === "heartbeat") {
      this.#leads(from, message.term);
      if (message.entries && message.entries.length > 0)
        this.logged(from, message.index ?? 0, message.logTerm ?? 0, message.entries);
    } else if (message.type === "vote-resp" && message.reject !== true) {
      const key = `${from} ${message.term}`;
      const other = this.#votes.get(key);
      if (other !== undefined && other !== to)
        this.#report(
          "one leader a term",
          `member ${from} voted for ${other} and for ${to} in term ${message.term}`,
        );
      this.#votes.set(key, to);
    }
  }

  /** Entries behind (previousIndex, previousTerm) are in a member's log, or on their way to it. */
  logged(member: MemberId, previousIndex: number, previousTerm: number, entries: readonly Entry[]): void {
    let before = previousTerm;
    let index = previousIndex;
    for (const entry of entries) {
      index++;
      if (entry.index !== index) {
        this.#report("log matching", `member ${member}: entry ${entry.index} stands at ${index}`);
        return;
      }
      this.#loggedOne(member, entry, before);
      before = entry.term;
    }
  }

  #leads(member: MemberId, term: number): void {
    const other = this.#leaders.get(term);
    if (other === undefined) this.#leaders.set(term, member);
    else if (other !== member)
      this.#report("one leader a term", `members ${other} and ${member} both lead in term ${term}`);
  }

  #loggedOne(member: MemberId, entry: Entry, previousTerm: number): void {
    const key = `${entry.index}/${entry.term}`;
    const known = this.#logged.get(key);
    if (!known) {
      const data = Buffer.from(entry.data).toString("latin1");
      this.#logged.set(key, { previousTerm, data });
      if (!this.#checkedLeaders.has(entry.term)) this.#checkLeader(entry, previousTerm);
      return;
    }
    if (known.previousTerm !== previousTerm)
      this.#report(
        "log matching",
        `entry ${key} follows term ${previousTerm} at member ${member}, term ${known.previousTerm} elsewhere`,
      );
    if (known.data !== Buffer.from(entry.data).toString("latin1"))
      this.#report("log matching", `entry ${key} of member ${member} differs from that of others`);
  }

  /** The first entry of a term: its leader's log before it must hold all that was committed by then. */
  #checkLeader(first: Entry, previousTerm: number): void {
    this.#checkedLeaders.add(first.term);
    const committed = this.#history.lastIndex;
    if (first.index <= committed) {
      const term = this.#history.termOf(committed);
      if (term !== undefined && term < first.term)
        this.#report(
          "leader completeness",
          `the leader of term ${first.term} began at entry ${first.index}; entry ${committed} was committed`,
        );
      return;
    }
    let index = first.index - 1;
    let term = previousTerm;
    while (index > committed) {
      const known = this.#logged.get(`${index}/${term}`);
      if (!known) return;
      term = known.previousTerm;
      index--;
    }
    const truth = this.#history.termOf(index);
    if (index === committed && truth !== undefined && truth !== term)
      this.#report(
        "leader completeness",
        `the leader of term ${first.term} has entry ${index} of term ${term}, ` +
          `that of term ${truth} was committed`,
      );
  }
}
