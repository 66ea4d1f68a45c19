/** A small run of the simulator, and that a seed is all that a run depends on. */
import test from "ava";
import { simulate } from "../src/simulate.ts";

test.serial("a seed reproduces its run exactly", async (t) => {
  const [first, second] = [await simulate(3), await simulate(3)];
  t.is(first.fingerprint, second.fingerprint);
  t.deepEqual(first.notes, second.notes);
  t.true(first.acknowledged > 100);
});

test.serial("under every kind of fault nothing unsafe happens, and a healed cluster goes on", async (t) => {
  const met = new Set<string>();
  let writes = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const { violations, profile, acknowledged } = await simulate(seed, { operations: 400 });
    t.deepEqual(violations, [], `seed ${seed}`);
    writes += acknowledged;
    for (const fault of profile.faults) met.add(fault);
  }
  t.true(writes > 700, `${writes} writes acknowledged`);
  t.true(met.size >= 12, `met only ${[...met].join()}`);
});
