/**
 * What the cluster has done, as seen from above: the entries that were applied by index and the changes by
 * revision, each told by the first member that got there; every other member must do exactly the same
 * ("same state at the same applied index"). And the measure of answers: a range is the state at its
 * revision.
 */
import { createHash } from "node:crypto";
import { KEYS } from "../client/calls.ts";
import type { Report, SeenChange } from "./history.ts";
import type { ChangeHistory } from "./watch-guarantees.ts";

const CHECKER = "same state at the same index";

interface AppliedEntry {
  readonly term: number;
  readonly outcome: string;
  /** Who was first. */
  readonly member: bigint;
}

interface Version {
  readonly modRevision: number;
  readonly value: string | undefined;
}

/** The one history that all members must share. */
export class TrueHistory implements ChangeHistory {
  readonly #report: Report;
  readonly #entries = new Map<number, AppliedEntry>();
  readonly #hashes = new Map<number, { readonly hash: string; readonly member: bigint }>();
  readonly #changes = new Map<number, readonly SeenChange[]>();
  readonly #texts = new Map<number, string>();
  readonly #versions = new Map<string, Version[]>();
  /** The revision of each value that clients wrote: they write none twice. */
  readonly #written = new Map<string, number>();
  /** The same of the history that this one goes on from. */
  #writtenBefore: ReadonlyMap<string, number> = new Map();
  lastIndex = 0;
  lastRevision = 1;

  constructor(report: Report) {
    this.#report = report;
  }

  /**
   * A history that goes on from here: of what came before it knows only the newest version of each key, and
   * which values were written.
   */
  successor(): TrueHistory {
    const next = new TrueHistory(this.#report);
    next.lastRevision = this.lastRevision;
    next.#writtenBefore = this.#written;
    for (const [key, versions] of this.#versions) next.#versions.set(key, versions.slice(-1));
    return next;
  }

  /** The term of an applied entry; undefined where nobody has applied it. */
  termOf(index: number): number | undefined {
    return this.#entries.get(index)?.term;
  }

  /** A member has applied an entry. `outcome` says what came of it, alike for all who do it alike. */
  applied(member: bigint, index: number, term: number, outcome: string): void {
    const known = this.#entries.get(index);
    if (!known) {
      this.#entries.set(index, { term, outcome, member });
      this.lastIndex = Math.max(this.lastIndex, index);
      return;
    }
    if (known.term !== term) {
      this.#report(
        "committed entries never change",
        `member ${member} applied entry ${index} of term ${term}, ` +
          `member ${known.member} that of term ${known.term}`,
      );
    } else if (known.outcome !== outcome) {
      this.#report(
        CHECKER,
        `entry ${index}: member ${member} got ${outcome}, member ${known.member} got ${known.outcome}`,
      );
    }
  }

  /** A member has made a revision. */
  committed(member: bigint, revision: number, changes: readonly SeenChange[]): void {
    const text = changes
      .map(
        (c) => `${c.type} ${c.key}=${c.value} ${c.createRevision}.${c.modRevision}.${c.version}.${c.lease}`,
      )
      .join(";");
    const known = this.#texts.get(revision);
    if (known !== undefined) {
      if (known !== text)
        this.#report(CHECKER, `revision ${revision}: member ${member} made [${text}], others [${known}]`);
      return;
    }
    this.#texts.set(revision, text);
    this.#changes.set(
      revision,
      changes.map((change) => this.#withBefore(change)),
    );
    for (const { type, key, value, modRevision } of changes) {
      if (type === "put" && key.startsWith(KEYS)) this.#once(value, revision);
      const versions = this.#versions.get(key);
      const version = { modRevision, value: type === "put" ? value : undefined };
      if (versions) versions.push(version);
      else this.#versions.set(key, [version]);
    }
    this.lastRevision = Math.max(this.lastRevision, revision);
  }

  #once(value: string, revision: number): void {
    const known = this.#written.get(value) ?? this.#writtenBefore.get(value) ?? revision;
    this.#written.set(value, known);
    if (known !== revision)
      this.#report(
        "nothing is carried out twice",
        `${JSON.stringify(value.slice(0, 20))} was written at revision ${known} and at ${revision}`,
      );
  }

  /** A member's whole state, hashed right after it applied an entry. */
  hashed(member: bigint, index: number, parts: readonly string[]): void {
    const hash = createHash("sha256").update(parts.join("\n")).digest("base64url");
    const known = this.#hashes.get(index);
    if (!known) this.#hashes.set(index, { hash, member });
    else if (known.hash !== hash)
      this.#report(
        CHECKER,
        `after entry ${index} the states of members ${member} and ${known.member} differ`,
      );
  }

  changesOf(revision: number): readonly SeenChange[] {
    return this.#changes.get(revision) ?? [];
  }

  /** What the key held at a revision. */
  valueAt(key: string, revision: number): Version | undefined {
    const versions = this.#versions.get(key) ?? [];
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (versions[middle]!.modRevision <= revision) low = middle + 1;
      else high = middle;
    }
    const found = versions[low - 1];
    return found?.value === undefined ? undefined : found;
  }

  /** Keys that ever were, in order. */
  keys(): readonly string[] {
    return [...this.#versions.keys()].sort();
  }

  #withBefore(change: SeenChange): SeenChange {
    const before = this.valueAt(change.key, change.modRevision - 1);
    if (!before) return change;
    return { ...change, prev: { value: before.value!, modRevision: before.modRevision } };
  }
}
