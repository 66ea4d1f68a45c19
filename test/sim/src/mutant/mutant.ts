/**
 * A known bug as an edit of the product's source, made when the source is loaded: the product has no switch
 * for it.
 */

import type { Fault } from "../profile.ts";

/** A fragment of a file and what stands there instead. */
export interface Edit {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** One bug. */
export interface Mutant {
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly about: string;
  readonly edits: readonly Edit[];
  /** The faults that it takes: it is hunted with just these, and often; absent: with what each seed draws. */
  readonly faults?: readonly Fault[];
}
