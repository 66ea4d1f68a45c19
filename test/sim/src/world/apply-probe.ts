/**
 * Looks over the shoulder of every state machine in this thread: what it applies, and what comes of it. The
 * classes are the product's own; their methods are wrapped once, from outside.
 */
import { type ApplyContext, type ApplyResult, type Command, Store, textOf, WatchHub } from "@quorate/mvcc";
import type { SeenChange } from "../check/history.ts";

/** Told of what state machines do. */
export interface ApplyObserver {
  applied(member: bigint, context: ApplyContext, command: Command, result: ApplyResult, store: Store): void;
  committed(member: bigint, revision: number, changes: readonly SeenChange[]): void;
}

let observer: ApplyObserver | undefined;
let applying: bigint | undefined;

/** Directs what is seen to `next`; a thread runs one simulation at a time. */
export function observeApplies(next: ApplyObserver | undefined): void {
  observer = next;
}

const { apply } = Store.prototype;
Store.prototype.apply = function (this: Store, command, context) {
  const member = this.header().memberId;
  applying = member;
  const before = this.appliedIndex;
  const result = apply.call(this, command, context);
  applying = undefined;
  if (context.index > before) observer?.applied(member, context, command, result, this);
  return result;
};

const { applied } = WatchHub.prototype;
WatchHub.prototype.applied = function (this: WatchHub, revision, changes) {
  if (applying !== undefined && observer) {
    const seen = changes.map(({ change: { type, kv } }): SeenChange => {
      const { createRevision, modRevision, version, lease } = kv;
      const [key, value] = [textOf(kv.key), textOf(kv.value)];
      return { type, key, value, createRevision, modRevision, version, lease };
    });
    observer.committed(applying, revision, seen);
  }
  applied.call(this, revision, changes);
};

/** A state in words: what members must hold alike after the same entry. */
export function describeState(store: Store): readonly string[] {
  const walk = store.hashKv();
  let step = walk.next();
  while (!step.done) step = walk.next();
  const { hash, hashRevision, compactRevision } = step.value;
  const leases = store.leases
    .all()
    .map(({ id, ttlSeconds, remainingSeconds, keys }) =>
      [id, ttlSeconds, remainingSeconds, ...[...keys].sort()].join(),
    )
    .sort();
  return [`${hash} ${hashRevision} ${compactRevision}`, ...leases, ...[...store.alarms].sort()];
}
