/**
 * What a seed makes of a run: each seed turns on its own choice of faults and sizes (swarm testing), so
 * that every combination comes up, the quiet ones too.
 */
import type { Random } from "@quorate/base";

/** The kinds of faults; each is on or off for a whole run. */
export const FAULTS = [
  "crash",
  "power-loss",
  "crash-in-io",
  "pause",
  "partition",
  "one-way",
  "loss",
  "reorder",
  "slow-disk",
  "full-disk",
  "sync-error",
  "rot",
  "spoiled-snapshot",
  "transfer",
  "membership",
  "wall-jump",
  "figure-8",
  "shifting-majority",
  "frozen-leader",
  "stall",
  "late-snapshot",
] as const;

/** One kind of fault. */
export type Fault = (typeof FAULTS)[number];

/** The sizes and faults of one run. */
export interface Profile {
  readonly members: number;
  readonly clients: number;
  readonly operations: number;
  readonly keys: number;
  readonly watchers: number;
  readonly faults: ReadonlySet<Fault>;
  /** Mean simulated milliseconds between faults. */
  readonly faultEveryMs: number;
  /** Simulated milliseconds that a client rests between calls, at most. */
  readonly restMs: number;
  readonly trimEntries: number;
  readonly keptEntries: number;
  readonly segmentBytes: number;
  readonly preallocateBytes: number;
  /** The fastest clock runs at this rate, the slowest at its inverse. */
  readonly drift: number;
  readonly valueBytes: number;
  /** How often a client goes to another member for its next call. */
  readonly whim: number;
  /** How often the leader compares the members' data; 0: never. */
  readonly corruptCheckMs: number;
  /** Revisions kept by compaction without being asked; 0: none is. */
  readonly keptRevisions: number;
  /** Whether changes of the members that would endanger the majority are refused. */
  readonly strictReconfigCheck: boolean;
  /** Raft's limits, so small at times that every one of them is met. */
  readonly raft: {
    readonly entryBytesMax: number;
    readonly inflightMessagesMax: number;
    readonly uncommittedBytesMax: number;
    readonly committedBytesMax: number;
  };
}

/** What a caller fixes whatever the seed says. */
export type ProfileOverrides = Partial<Omit<Profile, "faults">> & { readonly faults?: readonly Fault[] };

function choose<T>(random: Random, values: readonly T[]): T {
  return values[random.int(values.length)]!;
}

/** The run of a seed's random source. */
export function profileOf(random: Random, overrides: ProfileOverrides = {}): Profile {
  const chance = choose(random, [0.15, 0.35, 0.6]);
  const drawn = new Set<Fault>(FAULTS.filter(() => random.next() < chance));
  const profile = {
    members: choose(random, [3, 3, 3, 5]),
    clients: 2 + random.int(7),
    operations: 1000,
    keys: 2 + random.int(8),
    watchers: random.int(4),
    faultEveryMs: choose(random, [150, 400, 1000]),
    restMs: choose(random, [5, 25, 80]),
    trimEntries: choose(random, [20, 60, 200, 2000]),
    keptEntries: choose(random, [5, 20, 100]),
    segmentBytes: choose(random, [4096, 16_384, 65_536]),
    preallocateBytes: choose(random, [1024, 4096, 16_384]),
    drift: choose(random, [1, 1.0005, 1.05]),
    valueBytes: choose(random, [8, 60, 700, 2000]),
    whim: choose(random, [0.05, 0.3, 0.8]),
    corruptCheckMs: choose(random, [0, 300, 3000]),
    keptRevisions: choose(random, [0, 0, 40]),
    strictReconfigCheck: random.int(2) === 0,
    raft: {
      entryBytesMax: choose(random, [1, 300, 1 << 20]),
      inflightMessagesMax: choose(random, [1, 3, 256]),
      uncommittedBytesMax: choose(random, [500, 64 << 20, 64 << 20]),
      committedBytesMax: choose(random, [1, 1000, 8 << 20]),
    },
  };
  const { faults, ...rest } = overrides;
  return { ...profile, ...rest, faults: faults ? new Set(faults) : drawn };
}
