/**
 * What the application asks of its replica besides Kv: status, membership, stopping. Plain data both ways.
 */
import { CodedError } from "@quorate/base";
import { type MemberView, memberIdOf, type ReplicaStatus } from "@quorate/replica";
import type { OpenReplica } from "./open-replica.ts";

/** A request; ids are member ids. */
export type ReplicaRequest =
  | { readonly op: "status" }
  | { readonly op: "stop"; readonly transferLeadership: boolean }
  | { readonly op: "members"; readonly linearizable: boolean }
  | { readonly op: "member-add"; readonly peerUrls: readonly string[]; readonly learner: boolean }
  | { readonly op: "member-remove"; readonly id: bigint }
  /** `id` goes and a new member comes: both or neither. */
  | {
      readonly op: "member-replace";
      readonly id: bigint;
      readonly peerUrls: readonly string[];
      readonly learner: boolean;
    }
  | { readonly op: "member-promote"; readonly id: bigint }
  | { readonly op: "member-update"; readonly id: bigint; readonly peerUrls: readonly string[] }
  | { readonly op: "move-leader"; readonly id: bigint };

/** The answer to a request: the status, the members as they are then, or nothing. */
export type ReplicaAnswer = ReplicaStatus | readonly MemberView[] | null;

type ChangeRequest = Exclude<ReplicaRequest, { op: "status" | "stop" | "members" }>;

/** Carries a request out on the replica's own thread. */
export async function answerControl(open: OpenReplica, request: ReplicaRequest): Promise<ReplicaAnswer> {
  const { replica } = open;
  switch (request.op) {
    case "status":
      return replica.status();
    case "stop":
      await open.stop({ transferLeadership: request.transferLeadership });
      return null;
    case "members":
      if (request.linearizable) await replica.barrier();
      return replica.state.membership.list();
    default:
      await change(open, request);
      await replica.barrier();
      return replica.state.membership.list();
  }
}

async function change({ replica }: OpenReplica, request: ChangeRequest): Promise<void> {
  switch (request.op) {
    case "member-add": {
      const member = newMemberId(request.peerUrls);
      const kind = request.learner ? "add-learner" : "add";
      await replica.askLeader({ op: "change-members", change: kind, member, peerUrls: request.peerUrls });
      return;
    }
    case "member-replace": {
      const { id: leaving, peerUrls, learner: asLearner } = request;
      const member = newMemberId(peerUrls);
      await replica.askLeader({ op: "replace-member", leaving, member, peerUrls, asLearner });
      return;
    }
    case "member-remove":
      await replica.askLeader({ op: "change-members", change: "remove", member: request.id, peerUrls: [] });
      return;
    case "member-promote":
      await replica.askLeader({ op: "change-members", change: "promote", member: request.id, peerUrls: [] });
      return;
    case "member-update": {
      await replica.barrier();
      const known = replica.state.membership.find(request.id);
      const id = request.id.toString(16);
      if (!known) throw new CodedError("MEMBER_NOT_FOUND", `member ${id} is not in the cluster`);
      await replica.propose({ op: "member-update", member: { ...known, peerUrls: request.peerUrls } });
      return;
    }
    case "move-leader":
      await replica.askLeader({ op: "move-leader", member: request.id });
  }
}

function newMemberId(peerUrls: readonly string[]): bigint {
  return memberIdOf(peerUrls, "", Math.floor(Date.now() / 1000));
}
