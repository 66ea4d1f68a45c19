import test from "ava";
import type { TortureSummary } from "../src/torture/run-torture.ts";
import { exitCodeOf, reportOf, textOf } from "../src/torture/torture-report.ts";

function summary(more: Partial<TortureSummary> = {}): TortureSummary {
  const gap = {
    harm: "kill-leader",
    victim: "m1",
    hitLeader: true,
    afterMs: 5,
    beganMs: 0,
    overMs: 900,
  } as const;
  const gaps = [100, 300, 1200].map((ms) => {
    return { ...gap, ms, duringMs: ms, stalledMs: 0, syncMs: 0, electedMs: ms - 20, writtenMs: ms };
  });
  return {
    ...{ seed: 7, members: 3, network: "proxies", seconds: 12, isComplete: true, rounds: 1, operations: 100 },
    ...{ acknowledged: 60, unknown: 2, revisions: 61, undecided: 0, gaps, evidence: [], violations: [] },
    ...more,
  };
}

test("the report has harms by kind with the median and the worst gap, over all clusters", (t) => {
  const report = reportOf([summary(), summary({ members: 5 })]);
  t.like(report, { operations: 200, acknowledged: 120, unknown: 4, lostWrites: 0, nonLinearizableKeys: 0 });
  t.like(report.harms["kill-leader"], {
    count: 6,
    aboveSecond: 2,
    during: { medianMs: 300, worstMs: 1200 },
    election: { medianMs: 280, worstMs: 1180 },
    writeAfterElection: { medianMs: 20, worstMs: 20 },
  });
  t.is(exitCodeOf(report), 0);
  t.regex(textOf(report), /kill-leader +6 +300 \/ 1200/);
});

test("a violation is counted by what it means, printed, and ends in exit code 1", (t) => {
  const violations = [
    { checker: "nothing acknowledged is lost", message: "k/1 is gone" },
    { checker: "linearizable", message: "key k/1: no order" },
  ];
  const report = reportOf([summary({ violations, isComplete: false })]);
  t.like(report, { lostWrites: 1, nonLinearizableKeys: 1 });
  t.is(exitCodeOf(report), 1);
  t.regex(textOf(report), /BROKEN nothing acknowledged is lost: k\/1 is gone/);
});

test("what was not all done, or not decided, is no success", (t) => {
  t.is(exitCodeOf(reportOf([summary({ isComplete: false })])), 2);
  t.is(exitCodeOf(reportOf([summary({ undecided: 1 })])), 2);
});
