/**
 * Whether a change of the members would endanger the majority: etcd's `--strict-reconfig-check`. A cluster
 * that takes in a voter which does not run, or loses one that it needs, may never commit anything again.
 */
import { CodedError } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import type { MemberView } from "./membership.ts";

/** What the leader knows of the members. */
export interface ReconfigView {
  readonly self: MemberId;
  readonly members: readonly MemberView[];
  readonly isConnected: (member: MemberId) => boolean;
  /** Whether it has been connected for long enough to be relied on. */
  readonly isStable: (member: MemberId) => boolean;
}

function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

function votersOf(view: ReconfigView): readonly MemberView[] {
  return view.members.filter((member) => !member.isLearner);
}

function isStarted(member: MemberView): boolean {
  return member.name !== "";
}

function isUp(view: ReconfigView, { id }: MemberView): boolean {
  return id === view.self || view.isStable(id);
}

function notEnough(count: number, needed: number): CodedError {
  const message = `only ${count} voting members have started, ${needed} would be needed: start them first`;
  return new CodedError("NOT_ENOUGH_STARTED", message);
}

function unhealthy(down: readonly MemberView[]): CodedError {
  const names = down.map(({ id, name }) => (name === "" ? id.toString(16) : name)).join(", ");
  const message = `the leader has no connection with ${names}, or only just: start what is down, or wait`;
  return new CodedError("UNHEALTHY", message);
}

/** Before a member is added. Throws NOT_ENOUGH_STARTED or UNHEALTHY. */
export function checkAddition(view: ReconfigView, asLearner: boolean): void {
  const voters = votersOf(view);
  const started = voters.filter(isStarted).length;
  // From one member to two there is no other way than to wait for the second.
  const isFirst = started === 1 && voters.length === 1;
  const needed = majority(voters.length + 1);
  if (!asLearner && !isFirst && started < needed) throw notEnough(started, needed);
  // The one that comes is down until it has started, and counts: a learner may be promoted soon.
  const down = voters.filter((member) => !isUp(view, member));
  const isSafe = voters.length === 1 || voters.length - down.length >= majority(voters.length + 1);
  if (!isSafe) throw unhealthy(down);
}

/** Before a learner becomes a voter. Throws NOT_ENOUGH_STARTED. */
export function checkPromotion(view: ReconfigView, member: MemberView): void {
  const voters = votersOf(view);
  const started = voters.filter(isStarted).length + (isStarted(member) ? 1 : 0);
  const needed = majority(voters.length + 1);
  if (started < needed) throw notEnough(started, needed);
}

/** Before a member is removed. Throws NOT_ENOUGH_STARTED or UNHEALTHY. */
export function checkRemoval(view: ReconfigView, member: MemberView): void {
  if (member.isLearner) return;
  const voters = votersOf(view);
  const left = voters.filter(({ id }) => id !== member.id);
  const started = left.filter(isStarted).length;
  if (started < majority(left.length)) throw notEnough(started, majority(left.length));
  // One that is down is part of no majority: it can go.
  if (member.id !== view.self && !view.isConnected(member.id)) return;
  const down = voters.filter((one) => !isUp(view, one));
  if (voters.length - down.length - 1 < majority(voters.length - 1)) throw unhealthy(down);
}
