/** A thread that runs seeds with a mutant in the product, up to the first that breaks a property. */
import { parentPort, workerData } from "node:worker_threads";
import type { ProfileOverrides } from "../profile.ts";
import { loadMutant } from "./load-mutant.ts";
import type { Mutant } from "./mutant.ts";

/** What the thread is told. */
export interface MutantRun {
  readonly mutant: Mutant;
  readonly firstSeed: number;
  readonly seedsMax: number;
  readonly overrides: ProfileOverrides;
}

/** What the thread finds. */
export interface MutantFinding {
  /** Seeds that were run; the last one found it where a checker is named. */
  readonly seeds: number;
  readonly checker: string | undefined;
  readonly message: string;
}

const { mutant, firstSeed, seedsMax, overrides } = workerData as MutantRun;
const notLoaded = loadMutant(mutant);
// Only now: the product must be loaded through the mutant.
const { simulate } = await import("../simulate.ts");
const missing = notLoaded();
if (missing.length > 0)
  throw new Error(`mutant ${mutant.name}: ${missing.join()} is not part of the simulation`);

let finding: MutantFinding = { seeds: seedsMax, checker: undefined, message: "" };
for (let at = 0; at < seedsMax; at++) {
  const { violations } = await simulate(firstSeed + at, overrides);
  const [violation] = violations;
  if (!violation) continue;
  finding = { seeds: at + 1, checker: violation.checker, message: violation.message };
  break;
}
parentPort?.postMessage(finding);
