/** Sets a condition in a pod's status: its time changes only where its status does. */
import { formatTime, type JsonObject, objectsIn, stringIn } from "@quorate/object";

/** A condition to be set; its times are filled in. */
export interface PodCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

/** `status` is changed. `nowMs` is milliseconds since the epoch. */
export function setPodCondition(status: JsonObject, condition: PodCondition, nowMs: number): void {
  const conditions = [...objectsIn(status, "conditions")];
  const index = conditions.findIndex((candidate) => stringIn(candidate, "type") === condition.type);
  const former = conditions[index];
  const isSame = former !== undefined && stringIn(former, "status") === condition.status;
  const next: JsonObject = {
    type: condition.type,
    status: condition.status,
    lastProbeTime: null,
    lastTransitionTime: isSame ? (former.lastTransitionTime ?? null) : formatTime(nowMs),
    ...(condition.reason ? { reason: condition.reason } : {}),
    ...(condition.message ? { message: condition.message } : {}),
  };
  if (index < 0) conditions.push(next);
  else conditions[index] = next;
  status.conditions = conditions;
}
