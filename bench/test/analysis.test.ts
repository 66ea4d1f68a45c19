import test from "ava";
import { longestGap, verdictOf } from "../src/failover/analysis.ts";
import { type Attempt, Probe } from "../src/failover/probe.ts";

const write = (name: string, endedMs: number, outcome: Attempt["outcome"] = "ok"): Attempt => ({
  kind: "write",
  member: 0,
  name,
  startedMs: endedMs - 1,
  endedMs,
  outcome,
});

function probeOf(attempts: Attempt[], arrivals: string[]): Probe {
  const credentials = { ca: "", cert: "", key: "" };
  const probe = new Probe({
    endpoints: [],
    credentials,
    namespace: "n",
    writersPerMember: 0,
    readersPerMember: 0,
  });
  probe.attempts.push(...attempts);
  probe.arrivals.push(...arrivals.map((name) => ({ name, atMs: 0 })));
  return probe;
}

test("the longest gap counts only successes of the kind, and the edges of the window", (t) => {
  const attempts = [write("a", 100), write("b", 150, "unknown"), write("c", 400), write("d", 450)];
  t.deepEqual(longestGap(attempts, "write", 90, 500), { ms: 300, fromMs: 100 });
  t.deepEqual(longestGap(attempts, "write", 90, 2_000), { ms: 1_550, fromMs: 450 });
  t.deepEqual(longestGap(attempts, "read", 0, 10), { ms: 10, fromMs: 0 });
});

test("an acknowledged write that is absent is lost, an unknown one may be either", (t) => {
  const attempts = [write("w-1", 1), write("w-2", 2), write("w-3", 3, "unknown"), write("w-4", 4, "refused")];
  const verdict = verdictOf(probeOf(attempts, ["w-1", "w-1", "w-3"]), new Set(["w-1", "w-3", "w-4", "w-5"]));
  t.deepEqual(verdict.lost, ["w-2"]);
  t.deepEqual(verdict.ghosts, ["w-4"]);
  t.deepEqual(verdict.missedByWatch, ["w-4", "w-5"]);
  t.deepEqual(verdict.deliveredTwice, ["w-1"]);
});
