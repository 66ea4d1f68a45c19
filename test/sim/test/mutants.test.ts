/**
 * That the simulator can fail: every mutant still fits the source, and some are hunted for real, those first
 * that were bugs of the product.
 */
import { readFileSync } from "node:fs";
import test from "ava";
import { CLASSIC_MUTANTS } from "../src/mutant/classic-mutants.ts";
import { huntMutant, hurtBy } from "../src/mutant/hunt-mutant.ts";
import { simulate } from "../src/simulate.ts";

const ROOT = new URL("../../../", import.meta.url);

test("every mutant fits the source as it is, exactly once", (t) => {
  t.true(CLASSIC_MUTANTS.length >= 15);
  t.is(new Set(CLASSIC_MUTANTS.map(({ name }) => name)).size, CLASSIC_MUTANTS.length);
  for (const { name, edits } of CLASSIC_MUTANTS) {
    for (const { file, find } of edits) {
      const count = readFileSync(new URL(file, ROOT), "utf8").split(find).length - 1;
      t.is(count, 1, `${name}: ${file} holds ${JSON.stringify(find)} ${count} times`);
    }
  }
});

interface Regression {
  readonly mutant: string;
  /** Where the simulator has found it; later seeds are tried where the product has changed since. */
  readonly seed: number;
  /** The bug that was once in the product, or why this one is hunted each time. */
  readonly about: string;
}

/** Bound: seeds that a hunt may take. */
const SEEDS_MAX = 60;

const regressions: readonly Regression[] = JSON.parse(
  readFileSync(new URL("../regressions.json", import.meta.url), "utf8"),
);

for (const { mutant: name, seed, about } of regressions) {
  test.serial(`the simulator finds ${name}, and nothing without it: ${about}`, async (t) => {
    const mutant = CLASSIC_MUTANTS.find((one) => one.name === name)!;
    const overrides = { operations: 400, ...hurtBy(mutant) };
    const found = await huntMutant({ mutant, firstSeed: seed, seedsMax: SEEDS_MAX, overrides });
    t.true(found.checker !== undefined, `not found in ${found.seeds} seeds`);
    const last = seed + found.seeds - 1;
    const { violations } = await simulate(last, overrides);
    t.deepEqual(violations, [], `seed ${last}`);
  });
}
