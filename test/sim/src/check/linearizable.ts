/**
 * Whether a history is linearizable, key by key (Wing and Gong, with Lowe's just-in-time order): walks
 * calls and returns in time, holding every state that the key may be in together with the pending
 * operations that have taken effect in it. An operation takes effect at the latest when it returns; one of
 * unknown outcome may at any time, or never.
 *
 * Two rules over all keys come on top, since answers name revisions: an answer is not older than any that
 * came before its call, and no two writes make the same revision.
 */
import { type Held, type KeyStep, type Operation, type Report, show } from "./history.ts";

const CHECKER = "linearizable";
/** Bound: states held at once for one key; a history that needs more stays undecided. */
const CONFIGURATIONS_MAX = 20_000;

/** What became of the check. */
export interface LinearizableSummary {
  readonly keys: number;
  readonly operations: number;
  /** Keys whose check was given up as too large. */
  readonly undecided: number;
}

interface KeyOperation {
  readonly id: number;
  readonly step: KeyStep;
  readonly operation: Operation;
}

interface Configuration {
  readonly held: Held;
  /** Pending operations that have taken effect, ascending. */
  readonly done: readonly number[];
}

type Moment = { readonly at: number; readonly isReturn: boolean; readonly operation: KeyOperation };

/** What the key holds after the step; undefined where the step can't be in this state. */
function stepFrom(held: Held, step: KeyStep): { readonly held: Held } | undefined {
  if (step.saw && step.saw.value !== held) return undefined;
  if (step.existed !== undefined && step.existed !== (held !== undefined)) return undefined;
  if (step.onlyIf && step.onlyIf.value !== held) return { held };
  return step.wrote ? { held: step.wrote.value } : { held };
}

function keyOf({ held, done }: Configuration): string {
  return `${done.join()}|${held === undefined ? "" : `=${held}`}`;
}

/**
 * Whether the step leaves everything as it is wherever it can be: then it may take effect at the first
 * chance.
 */
function changesNothing({ wrote, existed }: KeyStep): boolean {
  return !wrote || existed === false;
}

/** The configuration with all that can take effect in it without a change. */
function settled({ held, done }: Configuration, pending: Iterable<KeyOperation>): Configuration {
  const more: number[] = [];
  for (const { id, step } of pending) {
    if (changesNothing(step) && !done.includes(id) && stepFrom(held, step)) more.push(id);
  }
  return more.length === 0 ? { held, done } : { held, done: [...done, ...more].sort((a, b) => a - b) };
}

/** Everything that may be once `target` has taken effect; undefined where that grows too large. */
function afterReturn(
  before: readonly Configuration[],
  pending: ReadonlyMap<number, KeyOperation>,
  target: KeyOperation,
): readonly Configuration[] | undefined {
  const seen = new Set<string>();
  const found = new Map<string, Configuration>();
  const queue: Configuration[] = [];
  const visit = (one: Configuration): void => {
    const next = settled(one, pending.values());
    const key = keyOf(next);
    if (seen.has(key)) return;
    seen.add(key);
    queue.push(next);
  };
  for (const one of before) visit(one);
  for (let at = 0; at < queue.length; at++) {
    if (queue.length > CONFIGURATIONS_MAX) return undefined;
    const one = queue[at]!;
    if (one.done.includes(target.id)) {
      const rest = { held: one.held, done: one.done.filter((id) => id !== target.id) };
      found.set(keyOf(rest), rest);
      continue;
    }
    for (const { id, step } of pending.values()) {
      if (changesNothing(step) || one.done.includes(id)) continue;
      const next = stepFrom(one.held, step);
      if (next) visit({ held: next.held, done: [...one.done, id].sort((a, b) => a - b) });
    }
  }
  return [...found.values()];
}

function momentsOf(operations: readonly KeyOperation[]): Moment[] {
  const moments: Moment[] = [];
  for (const operation of operations) {
    moments.push({ at: operation.operation.invokedAt, isReturn: false, operation });
    const { returnedAt } = operation.operation;
    if (Number.isFinite(returnedAt)) moments.push({ at: returnedAt, isReturn: true, operation });
  }
  // Calls before returns of the same time: they overlap.
  return moments.sort((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn));
}

/** Writes that nobody saw and of which nobody knows the outcome explain nothing. */
function withoutUnseen(operations: readonly KeyOperation[]): KeyOperation[] {
  const seen = new Set<Held>();
  let someExisted = false;
  let someDidNot = false;
  for (const { step } of operations) {
    if (step.saw) seen.add(step.saw.value);
    if (step.onlyIf) seen.add(step.onlyIf.value);
    if (step.existed === true) someExisted = true;
    if (step.existed === false) someDidNot = true;
  }
  return operations.filter(({ step, operation }) => {
    if (operation.outcome !== "unknown" || !step.wrote) return operation.outcome !== "unknown";
    const { value } = step.wrote;
    return seen.has(value) || (value === undefined ? someDidNot : someExisted);
  });
}

function describe({ operation, step }: KeyOperation): string {
  const parts = [`${operation.client} ${operation.name} ${step.key}`];
  if (step.onlyIf) parts.push(`if ${show(step.onlyIf.value)}`);
  if (step.wrote) parts.push(`wrote ${show(step.wrote.value)}`);
  if (step.saw) parts.push(`saw ${show(step.saw.value)}`);
  if (step.existed !== undefined) parts.push(step.existed ? "existed" : "was absent");
  const end = Number.isFinite(operation.returnedAt) ? operation.returnedAt.toFixed(3) : "?";
  parts.push(`[${operation.invokedAt.toFixed(3)}, ${end}]`);
  if (operation.revision > 0) parts.push(`@${operation.revision}`);
  return parts.join(" ");
}

/** False where it was given up. */
function checkKey(key: string, all: readonly KeyOperation[], report: Report): boolean {
  const operations = withoutUnseen(all);
  const pending = new Map<number, KeyOperation>();
  let states: readonly Configuration[] = [{ held: undefined, done: [] }];
  const recent: string[] = [];
  for (const { isReturn, operation } of momentsOf(operations)) {
    if (!isReturn) {
      pending.set(operation.id, operation);
      continue;
    }
    const next = afterReturn(states, pending, operation);
    if (!next) return false;
    pending.delete(operation.id);
    recent.push(describe(operation));
    if (next.length === 0) {
      const held = [...new Set(states.map((state) => show(state.held)))].join(" or ");
      report(
        CHECKER,
        `key ${key}: no order explains "${describe(operation)}"; before it the key held ${held}; ` +
          `returned before: ${recent.slice(-8).join("; ")}`,
      );
      return true;
    }
    states = next;
  }
  return true;
}

function checkRevisions(operations: readonly Operation[], report: Report): void {
  const answered = operations.filter((one) => one.outcome === "ok" && one.revision > 0);
  const writers = new Map<number, Operation>();
  for (const one of answered) {
    if (!one.isWrite) continue;
    const other = writers.get(one.revision);
    if (other)
      report(
        CHECKER,
        `revision ${one.revision} was given to ${one.client} ${one.name} and ${other.client} ${other.name}`,
      );
    writers.set(one.revision, one);
  }
  const byReturn = answered.filter((one) => one.isLinearizable).sort((a, b) => a.returnedAt - b.returnedAt);
  const byCall = byReturn.slice().sort((a, b) => a.invokedAt - b.invokedAt);
  let returned = 0;
  let newest: Operation | undefined;
  for (const one of byCall) {
    for (; returned < byReturn.length && byReturn[returned]!.returnedAt < one.invokedAt; returned++) {
      if (!newest || byReturn[returned]!.revision > newest.revision) newest = byReturn[returned];
    }
    if (!newest || one.revision > newest.revision || (one.revision === newest.revision && !one.isWrite))
      continue;
    report(
      CHECKER,
      `${one.client} ${one.name} (called ${one.invokedAt.toFixed(3)}) was answered as of revision ` +
        `${one.revision}, after ${newest.client} ${newest.name} ` +
        `(returned ${newest.returnedAt.toFixed(3)}) had seen ${newest.revision}`,
    );
    return;
  }
}

/** Checks all operations that were over, or given up, by the end. Only what is linearizable takes part. */
export function checkLinearizable(operations: readonly Operation[], report: Report): LinearizableSummary {
  const byKey = new Map<string, KeyOperation[]>();
  let id = 0;
  for (const operation of operations) {
    if (operation.outcome === "failed" || !operation.isLinearizable) continue;
    for (const step of operation.steps) {
      const list = byKey.get(step.key);
      const one = { id: id++, step, operation };
      if (list) list.push(one);
      else byKey.set(step.key, [one]);
    }
  }
  let undecided = 0;
  for (const [key, list] of byKey) if (!checkKey(key, list, report)) undecided++;
  checkRevisions(operations, report);
  return { keys: byKey.size, operations: id, undecided };
}
