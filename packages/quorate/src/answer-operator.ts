/**
 * What an operator at the peer port may ask of a member: what the application may, except to stop it; and a
 * backup.
 */
import { CodedError } from "@quorate/base";
import type { ControlAnswer } from "@quorate/replica";
import type { OpenReplica } from "./open-replica.ts";
import { answerControl, type ReplicaRequest } from "./replica-control.ts";

/** A call; ids are member ids. */
export type OperatorRequest =
  | Exclude<ReplicaRequest, { op: "stop" }>
  /** Gives the bytes of a backup as chunks. */
  | { readonly op: "backup" };

const OPS: readonly OperatorRequest["op"][] = [
  "status",
  "members",
  "member-add",
  "member-remove",
  "member-replace",
  "member-promote",
  "member-update",
  "move-leader",
  "backup",
];

/** Carries a call out. Rejects with UNKNOWN_REQUEST for what is none. */
export async function answerOperator(open: OpenReplica, request: unknown): Promise<ControlAnswer> {
  const asked = request as OperatorRequest;
  if (!OPS.includes(asked?.op)) throw new CodedError("UNKNOWN_REQUEST", "the member knows no such request");
  if (asked.op !== "backup") return { result: await answerControl(open, asked) };
  const { replica } = open;
  // Everything that was acknowledged before the call is in the backup.
  await replica.barrier();
  const { etcdSnapshot } = await import("./backup/etcd-snapshot.ts");
  const { chunks } = await etcdSnapshot(replica.state.disk);
  return { result: null, chunks };
}
