/** Real members, a little: the long run is `npm run torture`. */
import test from "ava";
import { HarmPlan } from "../src/torture/harm-plan.ts";
import { runTorture } from "../src/torture/run-torture.ts";

test("real members that are killed, stopped and cut off lose nothing", async (t) => {
  const summary = await runTorture({
    seed: 1,
    members: 3,
    clients: 4,
    durationMs: 60_000,
    plan: HarmPlan.of(["kill-leader", "pause-leader", "isolate-follower"]),
  });
  t.deepEqual(summary.violations, []);
  t.true(summary.acknowledged > 20, `${summary.acknowledged} writes acknowledged`);
  t.is(summary.gaps.length, 3);
  t.true(summary.isComplete);
});
