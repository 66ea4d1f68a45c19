/** A small run of the simulator, and that a seed is all that a run depends on. */
import { readFileSync } from "node:fs";
import test from "ava";
import type { ProfileOverrides } from "../src/profile.ts";
import { simulate } from "../src/simulate.ts";

interface Regression {
  readonly seed: number;
  readonly operations?: number;
  /** What it showed. */
  readonly about: string;
}

const regressions: readonly Regression[] = JSON.parse(
  readFileSync(new URL("../regressions.json", import.meta.url), "utf8"),
);

async function violationsOf(seed: number, overrides: ProfileOverrides = {}): Promise<readonly string[]> {
  const { violations } = await simulate(seed, overrides);
  return violations.map(({ checker, message }) => `seed ${seed}: ${checker}: ${message}`);
}

test.serial("a seed reproduces its run exactly", async (t) => {
  const [first, second] = [await simulate(3), await simulate(3)];
  t.is(first.fingerprint, second.fingerprint);
  t.deepEqual(first.notes, second.notes);
  t.true(first.acknowledged > 100);
});

test.serial("under every kind of fault nothing unsafe happens, and a healed cluster goes on", async (t) => {
  const met = new Set<string>();
  let writes = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const { violations, profile, acknowledged } = await simulate(seed, { operations: 400 });
    t.deepEqual(violations, [], `seed ${seed}`);
    writes += acknowledged;
    for (const fault of profile.faults) met.add(fault);
  }
  t.true(writes > 700, `${writes} writes acknowledged`);
  t.true(met.size >= 12, `met only ${[...met].join()}`);
});

for (const { seed, about, operations } of regressions) {
  test.serial(`seed ${seed} stays fixed: ${about}`, async (t) => {
    t.deepEqual(await violationsOf(seed, operations ? { operations } : {}), []);
  });
}
