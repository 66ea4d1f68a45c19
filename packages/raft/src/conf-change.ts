/**
 * Configuration changes: one step is made at once, several through a joint configuration (dissertation 4.3,
 * etcd's confchange). Also their bytes in the log.
 *
 *   {voters 1 2 3}  add-voter 4, remove 1  ->  {voters 2 3 4, outgoing 1 2 3, autoLeave}  leave  ->  {voters 2 3 4}
 */
import { CodedError } from "@quorate/base";
import type { ConfChange, ConfState, MemberId } from "./message.ts";

/** The configuration of a member that has not heard of its cluster yet. */
export const NO_CONF: ConfState = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** Whether both halves of a joint configuration must agree. */
export function isJoint(conf: ConfState): boolean {
  return conf.votersOutgoing.length > 0;
}

/** Whether the change leaves a joint configuration. */
export function leavesJoint(change: ConfChange): boolean {
  return change.steps.length === 0;
}

function refused(message: string): CodedError {
  return new CodedError("BAD_CONF_CHANGE", message);
}

const sorted = (members: Iterable<MemberId>) => [...members].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** The configuration after the change. Throws BAD_CONF_CHANGE for one that does not fit the present one. */
export function changedConf(conf: ConfState, change: ConfChange): ConfState {
  if (leavesJoint(change)) {
    if (!isJoint(conf)) throw refused("there is no joint configuration to leave");
    return {
      voters: conf.voters,
      votersOutgoing: [],
      learners: sorted(new Set([...conf.learners, ...conf.learnersNext])),
      learnersNext: [],
      autoLeave: false,
    };
  }
  if (isJoint(conf)) throw refused("a joint configuration must be left before the next change");
  const joint = change.steps.length > 1;
  const voters = new Set(conf.voters);
  const learners = new Set(conf.learners);
  const learnersNext = new Set<MemberId>();
  for (const { type, member } of change.steps) {
    if (member === 0n) throw refused("a member needs an id that is not 0");
    const wasVoter = joint && conf.voters.includes(member);
    voters.delete(member);
    learners.delete(member);
    learnersNext.delete(member);
    if (type === "add-voter") voters.add(member);
    // Still a voter of the outgoing half: it may only become a learner when that half is gone.
    else if (type === "add-learner") (wasVoter ? learnersNext : learners).add(member);
  }
  if (voters.size === 0) throw refused("the last voter can't be removed");
  return {
    voters: sorted(voters),
    votersOutgoing: joint ? conf.voters : [],
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
    autoLeave: joint,
  };
}

interface ConfChangeJson {
  readonly steps: readonly { readonly type: ConfChange["steps"][number]["type"]; readonly member: string }[];
  readonly context: string;
}

/** The change as the data of a `conf` entry. */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const json: ConfChangeJson = {
    steps: change.steps.map(({ type, member }) => ({ type, member: member.toString(16) })),
    context: Buffer.from(change.context).toString("base64"),
  };
  return Buffer.from(JSON.stringify(json));
}

/** The change of the data of a `conf` entry. */
export function decodeConfChange(data: Uint8Array): ConfChange {
  const json = JSON.parse(Buffer.from(data).toString("utf8")) as ConfChangeJson;
  return {
    steps: json.steps.map(({ type, member }) => ({ type, member: BigInt(`0x${member}`) })),
    context: Buffer.from(json.context, "base64"),
  };
}
