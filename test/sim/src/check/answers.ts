/**
 * Every answer against the one history that the members share: what a range or a transaction saw is the
 * state at the revision that it names, and a write that was acknowledged is in the history at the revision
 * that it was told.
 */
import { type KeyStep, type Operation, type Report, show } from "./history.ts";
import type { TrueHistory } from "./true-history.ts";

function checkWrite(operation: Operation, step: KeyStep, history: TrueHistory, report: Report): void {
  const wanted = step.wrote!.value;
  const change = history.changesOf(operation.revision).find(({ key }) => key === step.key);
  const made = change?.type === "put" ? change.value : undefined;
  if (change && made === wanted) return;
  const what = `${operation.client} ${operation.name} ${step.key} = ${show(wanted)}`;
  report(
    "nothing acknowledged is lost",
    `${what} was acknowledged at revision ${operation.revision}, ` +
      `which holds ${change ? show(made) : "no such change"}`,
  );
}

function checkSeen(operation: Operation, step: KeyStep, history: TrueHistory, report: Report): void {
  const revision = operation.isWrite ? operation.revision - 1 : operation.revision;
  const truth = history.valueAt(step.key, revision)?.value;
  if (truth === step.saw!.value) return;
  report(
    "an answer is the state at its revision",
    `${operation.client} ${operation.name} ${step.key} saw ${show(step.saw!.value)} ` +
      `at revision ${revision}, it held ${show(truth)}`,
  );
}

/** Checks all answered operations. */
export function checkAnswers(operations: readonly Operation[], history: TrueHistory, report: Report): void {
  for (const operation of operations) {
    if (operation.outcome !== "ok" || operation.revision === 0) continue;
    for (const step of operation.steps) {
      if (step.wrote) checkWrite(operation, step, history, report);
      if (step.saw) checkSeen(operation, step, history, report);
    }
  }
}
