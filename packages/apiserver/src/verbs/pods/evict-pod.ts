/**
 * pods/eviction: a deletion that disruption budgets may refuse. Pods that do not run are let go at once, the
 * others only where their budget allows one more disruption; what is taken from it is written down before the
 * pod goes.
 */
import {
  badRequest,
  type GroupVersionKind,
  type JsonObject,
  type KubernetesObject,
  objectsIn,
  stringIn,
  unclassified,
} from "@quorate/object";
import type { DeleteOptions, ResourceStore } from "@quorate/registry";
import { bindNamespace } from "../../body/object-identity.ts";
import { deleteOptionsFromBody } from "../../request/delete-options.ts";
import type { ResourceRequest } from "../../resource-request.ts";
import { PLAIN_OFFER } from "../../response/media-type.ts";
import { admissionRequest, mutate, type WriteKind } from "../admit.ts";
import { readSent } from "../read-sent.ts";
import { sendSuccess } from "../send-success.ts";
import { budgetBusy, budgetsOf, letsUnhealthyGo, takeFromBudget } from "./disruption-budget.ts";
import { setPodCondition } from "./pod-condition.ts";

const EVICTION: GroupVersionKind = { group: "policy", version: "v1", kind: "Eviction" };

interface Eviction {
  readonly request: ResourceRequest;
  readonly pods: ResourceStore;
  readonly options: DeleteOptions;
  readonly dryRun: boolean;
}

/** Deletes the pod, or answers with a 429 where its budget says no. */
export async function evictPod(request: ResourceRequest): Promise<void> {
  const { api, exchange } = request;
  const media = api.representation.negotiate(exchange, PLAIN_OFFER);
  const sent = await readSent(request, EVICTION, "CreateOptions");
  const eviction = sent.object;
  bindNamespace(eviction, request.namespace);
  const given = deleteOptionsFromBody((eviction.deleteOptions ?? {}) as JsonObject);
  const dryRun = sent.options.dryRun || given.dryRun;
  const write: WriteKind = { operation: "CREATE", dryRun, kind: EVICTION };
  await mutate(request, write, eviction, undefined);
  if (eviction.metadata.name !== request.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  await api.admission.validate(admissionRequest(request, write, eviction, undefined));
  await evict({ request, pods: api.stores.store("", "pods"), options: given.options, dryRun });
  sendSuccess(request, media);
}

async function evict(eviction: Eviction): Promise<void> {
  const { request, pods } = eviction;
  const pod = (await pods.get(request.namespace, request.name)).decode();
  if (isBeyondBudgets(pod)) {
    // A pending pod may become healthy meanwhile, one that is over can't.
    const isOver = phaseOf(pod) !== "Pending" || pod.metadata.deletionTimestamp !== undefined;
    return remove(eviction, isOver ? undefined : pod.metadata.resourceVersion);
  }
  const budgets = await budgetsOf(request.api.stores, pod);
  if (budgets.length > 1) {
    throw unclassified(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const budget = budgets[0];
  if (budget === undefined) return remove(eviction, undefined);
  if (letsUnhealthyGo(budget, isReady(pod))) return removeUnhealthy(eviction, budget, pod);
  await takeFromBudget(request, budget, request.name, eviction.dryRun);
  return remove(eviction, undefined);
}

/** Whether the pod became healthy meanwhile shows in its version. */
async function removeUnhealthy(
  eviction: Eviction,
  budget: KubernetesObject,
  pod: KubernetesObject,
): Promise<void> {
  try {
    await remove(eviction, pod.metadata.resourceVersion);
  } catch (error) {
    const isConflict = (error as { status?: { code?: number } }).status?.code === 409;
    if (!isConflict || eviction.options.preconditions?.resourceVersion) throw error;
    throw budgetBusy(budget.metadata.name ?? "");
  }
}

/** Writes down why, then deletes. */
async function remove(eviction: Eviction, resourceVersion: string | undefined): Promise<void> {
  const { request, pods, options, dryRun } = eviction;
  const { api, namespace, name } = request;
  const preconditions = { ...(resourceVersion ? { resourceVersion } : {}), ...options.preconditions };
  let version = preconditions.resourceVersion;
  if (!dryRun) {
    const change = (pod: KubernetesObject | undefined): KubernetesObject => {
      const { metadata } = pod!;
      if (preconditions.resourceVersion) metadata.resourceVersion = preconditions.resourceVersion;
      const status = pod!.status ?? {};
      pod!.status = status;
      setPodCondition(status, EVICTED, api.clock.wallMs());
      return pod!;
    };
    const { object } = await pods.update(namespace, name, change, request.writeContext("status", false));
    if (version) version = String(object.revision);
  }
  const context = request.writeContext("", dryRun);
  const wanted = { ...preconditions, ...(version ? { resourceVersion: version } : {}) };
  await pods.delete(namespace, name, { ...options, preconditions: wanted }, context);
}

const UNPROTECTED_PHASES: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Pending"]);
const EVICTED = {
  type: "DisruptionTarget",
  status: "True",
  reason: "EvictionByEvictionAPI",
  message: "Eviction API: evicting",
} as const;

function isBeyondBudgets(pod: KubernetesObject): boolean {
  return UNPROTECTED_PHASES.has(phaseOf(pod)) || pod.metadata.deletionTimestamp !== undefined;
}

function phaseOf(pod: KubernetesObject): string {
  return stringIn(pod.status, "phase");
}

function isReady(pod: KubernetesObject): boolean {
  return objectsIn(pod.status, "conditions").some(
    (condition) => stringIn(condition, "type") === "Ready" && stringIn(condition, "status") === "True",
  );
}
