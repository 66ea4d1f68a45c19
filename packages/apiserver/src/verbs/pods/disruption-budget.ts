/** Which budgets protect a pod, and taking one disruption from a budget. */
import {
  forbiddenAccess,
  formatTime,
  type JsonObject,
  type KubernetesObject,
  type LabelSelectorSpec,
  labelSelectorFrom,
  numberIn,
  objectIn,
  objectsIn,
  stringIn,
  tooManyRequests,
} from "@quorate/object";
import type { ObjectStores } from "@quorate/registry";
import type { ResourceRequest } from "../../resource-request.ts";

/** Bound: evicted pods that a budget's controller has not confirmed yet. */
const DISRUPTED_PODS_MAX = 2000;
const BUDGETS = { group: "policy", resource: "poddisruptionbudgets" };

/** Budgets with a selector that can't be read protect nothing. */
export async function budgetsOf(stores: ObjectStores, pod: KubernetesObject): Promise<KubernetesObject[]> {
  const namespace = pod.metadata.namespace ?? "";
  const { items } = await stores.store(BUDGETS.group, BUDGETS.resource).list({ namespace });
  return items
    .map((item) => item.decode())
    .filter((budget) => {
      try {
        const spec = budget.spec?.selector as LabelSelectorSpec | undefined;
        return labelSelectorFrom(spec).matches(pod.metadata.labels);
      } catch {
        return false;
      }
    });
}

/** Whether a pod that is not ready may go without counting as a disruption. */
export function letsUnhealthyGo(budget: KubernetesObject, isReady: boolean): boolean {
  if (isReady) return false;
  if (stringIn(budget.spec, "unhealthyPodEvictionPolicy") === "AlwaysAllow") return true;
  const desired = numberIn(budget.status, "desiredHealthy");
  return desired > 0 && numberIn(budget.status, "currentHealthy") >= desired;
}

/** Throws a 429 or 403 where the budget allows no disruption now. */
export async function takeFromBudget(
  request: ResourceRequest,
  { metadata }: KubernetesObject,
  podName: string,
  dryRun: boolean,
): Promise<void> {
  const { api } = request;
  const change = (current: KubernetesObject | undefined): KubernetesObject => {
    const budget = current!;
    requireAllowance(budget);
    budget.status ??= {};
    const { status } = budget;
    const left = numberIn(status, "disruptionsAllowed") - 1;
    status.disruptionsAllowed = left;
    status.disruptedPods = {
      ...objectIn(status, "disruptedPods"),
      [podName]: formatTime(api.clock.wallMs()),
    };
    return budget;
  };
  const context = request.writeContext("status", dryRun);
  const store = api.stores.store(BUDGETS.group, BUDGETS.resource);
  await store.update(metadata.namespace ?? "", metadata.name ?? "", change, context);
}

function requireAllowance({ metadata, status }: KubernetesObject): void {
  const name = metadata.name ?? "";
  if (numberIn(status, "observedGeneration") < (metadata.generation ?? 0)) throw budgetBusy(name);
  const allowed = numberIn(status, "disruptionsAllowed");
  if (allowed < 0) throw forbidden(name, "pdb disruptions allowed is negative");
  if (Object.keys(objectIn(status, "disruptedPods")).length > DISRUPTED_PODS_MAX) {
    throw forbidden(name, "too many pending evictions not confirmed by PDB controller");
  }
  if (allowed > 0) return;
  throw budgetRefusal(noneAllowed(name, status), 0);
}

function noneAllowed(name: string, status: JsonObject | undefined): string {
  const head = `The disruption budget ${name} does not allow evicting pods currently`;
  const condition = objectsIn(status, "conditions").find(
    (item) => stringIn(item, "type") === "DisruptionAllowed",
  );
  const message = stringIn(condition, "status") === "False" ? stringIn(condition, "message") : "";
  const reason = stringIn(condition, "reason");
  if (message !== "" && reason === "SyncFailed") return `${head} because it failed sync: ${message}`;
  const desired = numberIn(status, "desiredHealthy");
  const current = numberIn(status, "currentHealthy");
  if (current <= desired) {
    return `The disruption budget ${name} needs ${desired} healthy pods and has ${current} currently`;
  }
  return message === "" ? head : `${head} (${reason}): ${message}`;
}

function forbidden(name: string, why: string): Error {
  const error = forbiddenAccess({ group: "policy", resource: "poddisruptionbudget" }, name, why);
  const message = `The disruption budget ${name} does not allow evicting pods currently: ${why}`;
  error.status.details!.causes = [{ reason: "DisruptionBudget", message }];
  return error;
}

/** 429 of a budget whose state is not known yet. */
export function budgetBusy(name: string): Error {
  return budgetRefusal(`The disruption budget ${name} is still being processed by the server.`, 10);
}

/** 429 with the cause that clients look for. */
function budgetRefusal(message: string, retryAfterSeconds: number): Error {
  const error = tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    retryAfterSeconds,
  );
  error.status.details = { ...error.status.details, causes: [{ reason: "DisruptionBudget", message }] };
  return error;
}
