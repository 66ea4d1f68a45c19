/** Looks for a mutant with seeds from a start on, in a thread of its own. */
import { Worker } from "node:worker_threads";
import type { ProfileOverrides } from "../profile.ts";
import type { Mutant } from "./mutant.ts";
import type { MutantFinding, MutantRun } from "./mutant-worker.ts";

/** Simulated milliseconds between faults that are chosen for a mutant. */
const FAULT_EVERY_MS = 250;

/** The faults that a mutant is hunted with. */
export function hurtBy({ faults }: Mutant): ProfileOverrides {
  return faults ? { faults, faultEveryMs: FAULT_EVERY_MS } : {};
}

/**
 * Resolves with what was found; a thread that hangs has been found too. Rejects where the mutant can't be
 * loaded.
 */
export function huntMutant(run: MutantRun, timeoutMs = 600_000): Promise<MutantFinding> {
  const worker = new Worker(new URL("./mutant-worker.ts", import.meta.url), { workerData: run });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      void worker.terminate();
      resolve({ seeds: run.seedsMax, checker: undefined, message: "given up" });
    }, timeoutMs);
    worker.once("message", (finding: MutantFinding) => {
      clearTimeout(timer);
      resolve(finding);
      void worker.terminate();
    });
    worker.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
