/**
 * Loaded into a member's process, and each of its threads, by --import: puts the mutant that the environment
 * names into the product, so that the torture of real members can be shown to fail.
 */
import { CLASSIC_MUTANTS } from "./classic-mutants.ts";
import { loadMutant } from "./load-mutant.ts";

const VARIABLE = "QUORATE_SIM_MUTANT";

/** The environment of a member that is to have the mutant of that name. Throws where there is none. */
export function mutantEnvironment(name: string): Readonly<Record<string, string>> {
  if (!CLASSIC_MUTANTS.some((mutant) => mutant.name === name))
    throw new Error(`there is no mutant ${JSON.stringify(name)}`);
  const options = [process.env["NODE_OPTIONS"], `--import=${import.meta.url}`].filter(Boolean).join(" ");
  return { NODE_OPTIONS: options, [VARIABLE]: name };
}

const mutant = CLASSIC_MUTANTS.find(({ name }) => name === process.env[VARIABLE]);
if (mutant) loadMutant(mutant);
