/**
 * Deletes what is in a namespace: pods first, since what they use must outlive them, then everything else.
 * One call is one pass; what finalizers and grace periods hold is counted for the conditions and asked for
 * again later.
 */
import { messageOf } from "@quorate/base";
import { numberIn, parseTime, stringIn } from "@quorate/object";
import type { ResourceStore, StoredObject } from "@quorate/registry";
import type { ResourceTable } from "@quorate/schema";
import type { ControllerContext } from "../controller.ts";
import { storedResources } from "../stored-resources.ts";
import { hasStatus, serverContext } from "../write-as-server.ts";
import type { ContentFindings } from "./namespace-conditions.ts";

/** What a pass has found, and in how many seconds another one is worthwhile (0: all is gone). */
export interface ContentPass {
  readonly findings: ContentFindings;
  readonly estimateSeconds: number;
}

/** How long finalizers are given before the next look, in seconds. */
const FINALIZER_ESTIMATE_S = 15;

interface Tally {
  readonly remaining: { group: string; resource: string; count: number }[];
  readonly finalizers: Map<string, number>;
  readonly errors: string[];
  estimateSeconds: number;
}

function isPods({ group, resource }: ResourceTable): boolean {
  return group === "" && resource === "pods";
}

async function listAll(store: ResourceStore, namespace: string): Promise<readonly StoredObject[]> {
  return (await store.list({ namespace })).items;
}

/** The longest grace period of pods that run, while it has not passed since the namespace's deletion. */
function graceSeconds(pods: readonly StoredObject[], deletedAtMs: number, nowMs: number): number {
  let longest = 0;
  for (const pod of pods) {
    const { spec, status } = pod.decode();
    if (["Succeeded", "Failed"].includes(stringIn(status, "phase"))) continue;
    longest = Math.max(longest, numberIn(spec, "terminationGracePeriodSeconds"));
  }
  return nowMs - deletedAtMs >= longest * 1000 ? 0 : longest;
}

async function emptyResource(
  { stores, clock }: ControllerContext,
  resource: ResourceTable,
  namespace: string,
  deletedAtMs: number,
  tally: Tally,
): Promise<void> {
  const store = stores.store(resource.group, resource.resource);
  const found = await listAll(store, namespace);
  if (found.length === 0) return;
  const estimate = isPods(resource) ? graceSeconds(found, deletedAtMs, clock.wallMs()) : 0;
  const context = serverContext(clock, namespace);
  await store.deleteCollection({ namespace }, { propagationPolicy: "Background" }, context);
  const left = await listAll(store, namespace);
  if (left.length === 0) return;
  tally.remaining.push({ group: resource.group, resource: resource.resource, count: left.length });
  let isHeld = false;
  for (const object of left) {
    for (const finalizer of object.decode().metadata.finalizers ?? []) {
      isHeld = true;
      tally.finalizers.set(finalizer, (tally.finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  tally.estimateSeconds = Math.max(tally.estimateSeconds, estimate || (isHeld ? FINALIZER_ESTIMATE_S : 0));
  if (estimate > 0 || isHeld) return;
  const { group, version, resource: plural } = resource;
  tally.errors.push(
    `unexpected items still remain in namespace: ${namespace} for gvr: ${group}/${version}, Resource=${plural}`,
  );
}

async function attempt(
  context: ControllerContext,
  resource: ResourceTable,
  namespace: string,
  deletedAtMs: number,
  tally: Tally,
): Promise<void> {
  try {
    await emptyResource(context, resource, namespace, deletedAtMs, tally);
  } catch (error) {
    // A custom resource may have gone while this was under way: so has its content.
    if (!hasStatus(error, 404)) tally.errors.push(messageOf(error));
  }
}

/** One pass. `deletionTimestamp` is the namespace's. */
export async function deleteNamespaceContent(
  context: ControllerContext,
  namespace: string,
  deletionTimestamp: string,
): Promise<ContentPass> {
  const deletedAtMs = parseTime(deletionTimestamp);
  const tally: Tally = { remaining: [], finalizers: new Map(), errors: [], estimateSeconds: 0 };
  const resources = storedResources(context.schema, ["list", "delete"]).filter((one) => one.namespaced);
  const pods = resources.find(isPods);
  if (pods) await attempt(context, pods, namespace, deletedAtMs, tally);
  if (tally.remaining.length === 0 && tally.errors.length === 0) {
    // Side by side: the reads share a round, the deletions a log batch. Bound: the number of resources.
    const others = resources.filter((resource) => resource !== pods);
    await Promise.all(others.map((resource) => attempt(context, resource, namespace, deletedAtMs, tally)));
  }
  return { findings: tally, estimateSeconds: tally.estimateSeconds };
}
