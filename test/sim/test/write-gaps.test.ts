import test from "ava";
import type { HarmDone } from "../src/torture/harm.ts";
import { type GapEvidence, writeGaps } from "../src/torture/write-gaps.ts";

function kill(at: number, overAt: number): HarmDone {
  return { harm: "kill-leader", victim: "m1", hitLeader: true, at, overAt };
}

function every(ms: number, from: number, to: number): number[] {
  return Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, i) => from + i * ms);
}

function gapsOf(evidence: Partial<GapEvidence>) {
  return writeGaps({
    harms: [],
    acknowledged: [],
    elections: [],
    stalls: [],
    syncs: [],
    end: 10_000,
    ...evidence,
  });
}

test("a gap goes from the last write before it to the first one behind it", (t) => {
  const acknowledged = [...every(10, 0, 1010), ...every(10, 1300, 10_000)];
  const [gap] = gapsOf({ harms: [kill(1000, 2000)], acknowledged });
  t.like(gap, { ms: 290, duringMs: 290, afterMs: 10, beganMs: 10, overMs: 1000, stalledMs: 0 });
});

test("a gap that begins when the harm is over counts too, and is told apart", (t) => {
  const acknowledged = [...every(10, 0, 2500), ...every(10, 3000, 10_000)];
  const [gap] = gapsOf({ harms: [kill(1000, 2000)], acknowledged });
  t.like(gap, { ms: 500, duringMs: 10, afterMs: 500, beganMs: 1500 });
});

test("writes that never come again are a gap to the end of the load", (t) => {
  const [gap] = gapsOf({ harms: [kill(1000, 2000)], acknowledged: every(10, 0, 1000) });
  t.is(gap?.ms, 9000);
});

test("a gap that goes on into the next harm is divided between both", (t) => {
  const acknowledged = [...every(10, 0, 4900), ...every(10, 5600, 10_000)];
  const [first, second] = gapsOf({ harms: [kill(1000, 2000), kill(5000, 5500)], acknowledged });
  t.like(first, { ms: 100, duringMs: 10, afterMs: 100 });
  t.like(second, { ms: 600, duringMs: 600, beganMs: 0 });
});

test("of a gap it is known what was the election, and how long machine and disk stood still", (t) => {
  const acknowledged = [...every(10, 0, 1000), ...every(10, 1300, 10_000)];
  const elections = [
    { term: 2, member: "m1", at: 10 },
    { term: 3, member: "m2", at: 1200 },
  ];
  const stalls = [
    { at: 900, ms: 500 },
    { at: 1250, ms: 80 },
    { at: 4000, ms: 900 },
  ];
  const syncs = [{ at: 1310, ms: 200 }];
  const [gap] = gapsOf({ harms: [kill(1000, 2000)], acknowledged, elections, stalls, syncs });
  t.like(gap, { electedMs: 200, writtenMs: 300, stalledMs: 80, syncMs: 200 });
});
