import test from "ava";
import { longestGap, successesOf, verdictOf } from "../src/failover/analysis.ts";
import type { Attempt, ProbeRecord } from "../src/failover/probe.ts";
import { timelineOf } from "../src/failover/timeline.ts";

const write = (name: string, endedMs: number, outcome: Attempt["outcome"] = "ok"): Attempt => ({
  kind: "write",
  member: 0,
  name,
  startedMs: endedMs - 1,
  endedMs,
  outcome,
});

const recordOf = (attempts: Attempt[], arrivals: string[] = []): ProbeRecord => ({
  attempts,
  arrivals: arrivals.map((name) => ({ name, atMs: 0 })),
  watchBreaks: [],
  watchRelisted: false,
});

test("the longest gap counts the edges of the window", (t) => {
  t.deepEqual(longestGap([100, 400, 450], 90, 500), { ms: 300, fromMs: 100 });
  t.deepEqual(longestGap([450, 100, 400], 90, 2_000), { ms: 1_550, fromMs: 450 });
  t.deepEqual(longestGap([], 0, 10), { ms: 10, fromMs: 0 });
});

test("only attempts of the kind that succeeded end a gap", (t) => {
  const read: Attempt = { ...write("r", 120), kind: "read" };
  const record = recordOf([write("a", 100), write("b", 150, "unknown"), read, write("c", 400, "http 503")]);
  t.deepEqual(successesOf(record, "write"), [100]);
  t.deepEqual(successesOf(record, "read"), [120]);
});

test("an acknowledged write that is absent is lost, an unknown one may be either", (t) => {
  const attempts = [write("w-1", 1), write("w-2", 2), write("w-3", 3, "unknown"), write("w-4", 4, "refused")];
  const verdict = verdictOf(recordOf(attempts, ["w-1", "w-1", "w-3"]), new Set(["w-1", "w-3", "w-4", "w-5"]));
  t.deepEqual(verdict.lost, ["w-2"]);
  t.deepEqual(verdict.ghosts, ["w-4"]);
  t.deepEqual(verdict.missedByWatch, ["w-4", "w-5"]);
  t.deepEqual(verdict.deliveredTwice, ["w-1"]);
});

test("a timeline counts each attempt once, where it ended, and keeps the slowest write", (t) => {
  const slow: Attempt = { ...write("slow", 1_150), startedMs: 1_050 };
  const record = recordOf([write("a", 1_010), slow, write("b", 1_160), write("c", 1_170, "grpc 14")]);
  const timeline = timelineOf(record, 1_000, 1_250);
  t.deepEqual(timeline.writes, [1, 2]);
  t.deepEqual(timeline.errors, [0, 1]);
  t.deepEqual(timeline.slowestWriteMs, [1, 100]);
});
