/**
 * CertificateSigningRequests: who asks is taken from the request, the spec never changes again, approvals change only
 * through their subresource, and conditions get their times from the server.
 */
import { hasField, type JsonObject, type KubernetesObject, objectsIn, stringIn } from "@quorate/object";
import type { KindRules } from "./kind-rules.ts";
import type { StrategyContext } from "./kind-strategy.ts";
import { ownPart } from "./own-part.ts";

const APPROVALS: readonly string[] = ["Approved", "Denied"];

export const certificateStrategy: KindRules = {
  prepareCreate(request, context) {
    const spec = ownPart(request, "spec");
    for (const key of ["username", "uid", "groups", "extra"]) delete spec[key];
    if (context.userName !== "") spec.username = context.userName;
    if (context.userGroups.length > 0) spec.groups = [...context.userGroups];
  },

  prepareUpdate(next, current) {
    next.spec = current.spec;
  },

  prepareSubresource: {
    status(next, current, context) {
      keepApprovals(next, current);
      fillTimes(next, current, context);
    },
    approval(next, current, context) {
      fillTimes(next, current, context);
      const conditions = next.status?.conditions;
      next.spec = current.spec;
      next.status = { ...current.status };
      if (conditions === undefined) delete next.status.conditions;
      else next.status.conditions = conditions;
    },
  },
};

/** A status write keeps approvals as they are; adding or removing one is found by validation. */
function keepApprovals(next: KubernetesObject, current: KubernetesObject): void {
  const conditions = objectsIn(next.status, "conditions");
  for (const type of APPROVALS) {
    const old = objectsIn(current.status, "conditions").filter((item) => item.type === type);
    const given = conditions.filter((item) => item.type === type);
    if (old.length !== given.length) continue;
    given.forEach((item, index) => {
      Object.assign(item, old[index]);
    });
  }
}

function fillTimes(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): void {
  const old = objectsIn(current.status, "conditions");
  for (const condition of objectsIn(next.status, "conditions")) {
    if (!hasField(condition, "lastUpdateTime")) condition.lastUpdateTime = context.now;
    if (hasField(condition, "lastTransitionTime")) continue;
    const same = old.find((item) => isSameState(item, condition) && hasField(item, "lastTransitionTime"));
    condition.lastTransitionTime = same ? same.lastTransitionTime : context.now;
  }
}

function isSameState(a: JsonObject, b: JsonObject): boolean {
  return stringIn(a, "type") === stringIn(b, "type") && stringIn(a, "status") === stringIn(b, "status");
}
