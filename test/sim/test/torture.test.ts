/** Real members, a little: the long run is `npm run torture`. */
import test from "ava";
import { runTorture } from "../src/torture/run-torture.ts";

test("real members that are killed, stopped and cut off lose nothing", async (t) => {
  const summary = await runTorture({
    seed: 1,
    members: 3,
    clients: 4,
    durationMs: 0,
    harms: ["kill-leader", "pause-leader", "isolate-one"],
  });
  t.deepEqual(summary.violations, []);
  t.true(summary.acknowledged > 20, `${summary.acknowledged} writes acknowledged`);
  t.is(summary.harms.length, 3);
});
