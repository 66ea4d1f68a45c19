/** That the simulator can fail: every mutant still fits the source, and some are hunted for real. */
import { readFileSync } from "node:fs";
import test from "ava";
import { CLASSIC_MUTANTS } from "../src/mutant/classic-mutants.ts";
import { huntMutant, hurtBy } from "../src/mutant/hunt-mutant.ts";

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

for (const [name, checkers] of [
  ["read-without-index", ["linearizable"]],
  // Whichever property breaks first: the log has forgotten, and the members differ from then on.
  ["acknowledge-before-sync", undefined],
  ["watch-loses-event-at-resume", ["watch guarantees"]],
] as const) {
  test.serial(`the simulator finds ${name}`, async (t) => {
    const mutant = CLASSIC_MUTANTS.find((one) => one.name === name)!;
    const overrides = { operations: 300, ...hurtBy(mutant) };
    const found = await huntMutant({ mutant, firstSeed: 1, seedsMax: 40, overrides });
    t.true(found.checker !== undefined, `not found in ${found.seeds} seeds`);
    if (checkers) t.true(checkers.includes(found.checker as never), `${found.checker}: ${found.message}`);
  });
}
