/**
 * What clients saw, in the one form that simulator and torture share. Keys and values are text; times are
 * milliseconds of one clock that all clients read.
 */

/** What a key held: undefined where it did not exist. */
export type Held = string | undefined;

/** What one operation did to, or learnt of, one key. */
export interface KeyStep {
  readonly key: string;
  /** The key held this when the operation took effect. */
  readonly saw?: { readonly value: Held };
  /** Only whether it existed is known. */
  readonly existed?: boolean;
  /** The write happened only if the key held this. */
  readonly onlyIf?: { readonly value: Held };
  /** The key holds this from then on. */
  readonly wrote?: { readonly value: Held };
}

/** ok: it happened; failed: it did not and never will; unknown: either. */
export type Outcome = "ok" | "failed" | "unknown";

/** One call of a client, over. */
export interface Operation {
  readonly client: string;
  readonly name: string;
  readonly invokedAt: number;
  /** Infinite for an unknown outcome: it may still take effect. */
  readonly returnedAt: number;
  readonly outcome: Outcome;
  readonly steps: readonly KeyStep[];
  /** Of the answer's header: as of when the answer is. 0 where there is none. */
  readonly revision: number;
  /** Whether the answer must be as of a point between call and return. */
  readonly isLinearizable: boolean;
  /** Whether it made the revision that it names. */
  readonly isWrite: boolean;
}

/** A change of a key as a watch delivers it, or as the state machine made it. */
export interface SeenChange {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
  readonly prev?: { readonly value: string; readonly modRevision: number };
}

/** Says that a property does not hold: which one, and what shows it. */
export type Report = (checker: string, message: string) => void;

/** A value in a message: short, and printable. */
export function show(value: Held): string {
  return value === undefined
    ? "nothing"
    : JSON.stringify(value.length > 24 ? `${value.slice(0, 24)}…` : value);
}
