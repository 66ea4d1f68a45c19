/**
 * Delete: preconditions, admission, then one of three: the object goes at once; it stays with a deletion time
 * because a finalizer or a grace period holds it; nothing happens because it is on its way out already
 * (references 1.371 to 1.375).
 */
import {
  conflict,
  formatTime,
  type KubernetesObject,
  notFound,
  parseTime,
  StatusError,
} from "@quorate/object";
import type { CachedObject } from "../cache/cached-object.ts";
import { encodeStored, isStoredAs } from "../cache/stored-bytes.ts";
import { objectKey } from "../object-key.ts";
import type { WriteOutcome } from "../object-writer.ts";
import type { DeleteOptions, DeleteResult, WriteContext } from "../resource-store.ts";
import { deletionFinalizers } from "./deletion-finalizers.ts";
import { isJudgement } from "./is-judgement.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** Which object is to go, and how. */
export interface DeleteRequest {
  readonly namespace: string;
  readonly name: string;
  readonly options: DeleteOptions;
  readonly context: WriteContext;
}

/** Bound: tries against others who write the same object. */
const TRIES_MAX = 100;
const OUT_OF_SPACE = 507;

/** Deletes an object, or begins to. */
export async function deleteObject(
  environment: WriteEnvironment,
  request: DeleteRequest,
): Promise<DeleteResult> {
  const { namespace, name } = request;
  const key = objectKey(environment.resource, namespace, name);
  let isNewest = false;
  let current = environment.cached(key);
  if (!current) {
    current = await environment.reader.get(namespace, name);
    isNewest = true;
  }
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    try {
      const done = await attempt(environment, request, key, current);
      if ("deleted" in done) return done;
      if (!done.current) throw notFound(environment.resource, name);
      current = done.current;
      isNewest = true;
    } catch (error) {
      if (isNewest || !isJudgement(error)) throw error;
      const fresh = await environment.reader.get(namespace, name);
      if (fresh.revision === current.revision) throw error;
      current = fresh;
      isNewest = true;
    }
  }
  throw conflict(environment.resource, name);
}

type Attempt = DeleteResult | { readonly current: CachedObject | undefined };

async function attempt(
  environment: WriteEnvironment,
  { name, options, context }: DeleteRequest,
  key: string,
  current: CachedObject,
): Promise<Attempt> {
  const { hooks, writer, dryObject } = environment;
  const object = current.decode();
  if (hooks.checkDeletion) hooks.checkDeletion(object, options);
  else checkPreconditions(environment, object, name, options);
  await context.admit?.(object, object);
  const begun = hooks.beginDeletion?.(object, options, context);
  const next = begun ?? beginDeletion(environment, object, options, context);
  if (next === "wait") return { object: current, deleted: false };
  if (next !== "now") {
    const stored = encodeStored(next);
    if (isStoredAs(current.json, stored, current.revision)) return { object: current, deleted: false };
    if (context.dryRun) return { object: dryObject(key, next), deleted: false };
    const outcome = await writeDying(writer, key, next, current.revision);
    return outcome.written ? { object: outcome.object, deleted: false } : { current: outcome.current };
  }
  if (context.dryRun) return { object: current, deleted: true };
  const companions = await hooks.companions?.(undefined, object, context);
  const outcome = await writer.remove(key, current.revision, companions);
  if (!outcome.removed) return { current: outcome.current };
  return { object: current.atRevision(outcome.revision), deleted: true };
}

/** What dies needs neither: they make room for the mark of its deletion in a store that is full. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Safety: where growth is refused, what has been deleted must still be marked, or nothing would ever go. */
async function writeDying(
  writer: WriteEnvironment["writer"],
  key: string,
  next: KubernetesObject,
  revision: number,
): Promise<WriteOutcome> {
  try {
    return await writer.replace(key, encodeStored(next), revision);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== OUT_OF_SPACE) throw error;
    const lean = structuredClone(next);
    delete lean.metadata.managedFields;
    delete lean.metadata.annotations?.[LAST_APPLIED];
    return writer.replace(key, encodeStored(lean), revision);
  }
}

function checkPreconditions(
  { resource }: WriteEnvironment,
  { metadata }: KubernetesObject,
  name: string,
  { preconditions }: DeleteOptions,
): void {
  if (!preconditions) return;
  const { uid, resourceVersion } = preconditions;
  const ref = { group: resource.group, resource: resource.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const why =
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). ` +
      "The object might have been deleted and then recreated";
    throw conflict(ref, name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why =
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion ` +
      `in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(ref, name, why);
  }
}

/** What becomes of the object: `now` it goes, `wait` it is as it was, or it stays in another state. */
function beginDeletion(
  { strategy }: WriteEnvironment,
  object: KubernetesObject,
  options: DeleteOptions,
  context: WriteContext,
): KubernetesObject | "now" | "wait" {
  const grace = strategy.graceSeconds ? gracePeriod(strategy.graceSeconds, object, options, context) : "none";
  if (grace === "pending") return "wait";
  const finalizers = deletionFinalizers(object, options, strategy.defaultPropagation);
  const isGraceful = typeof grace === "object";
  if (finalizers.length === 0 && (!isGraceful || grace.seconds === 0)) return "now";
  const next = structuredClone(object);
  const { metadata } = next;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (!metadata.deletionTimestamp && metadata.generation) metadata.generation++;
  if (isGraceful) {
    metadata.deletionTimestamp = grace.time;
    metadata.deletionGracePeriodSeconds = grace.seconds;
  } else {
    if (!metadata.deletionTimestamp || parseTime(metadata.deletionTimestamp) > parseTime(context.now)) {
      metadata.deletionTimestamp = context.now;
    }
    metadata.deletionGracePeriodSeconds = 0;
  }
  return next;
}

type Grace = { readonly seconds: number; readonly time: string } | "pending" | "none";

/** `none`: this object gets no grace; `pending`: it has one that this deletion does not shorten. */
function gracePeriod(
  graceSeconds: (object: KubernetesObject, requested: number | undefined) => number,
  object: KubernetesObject,
  options: DeleteOptions,
  context: WriteContext,
): Grace {
  const { deletionTimestamp, deletionGracePeriodSeconds: given } = object.metadata;
  const wish = options.gracePeriodSeconds;
  const asked = wish !== undefined && wish < 0 ? 1 : wish;
  const nowMs = parseTime(context.now);
  if (!deletionTimestamp) {
    const seconds = graceSeconds(object, asked);
    return { seconds, time: formatTime(nowMs + seconds * 1_000) };
  }
  const left = given !== undefined && given < 0 ? 1 : given;
  if (left === undefined || left === 0) return "none";
  if (asked === undefined || asked >= left) return "pending";
  const timeMs = parseTime(deletionTimestamp) + (asked - left) * 1_000;
  if (timeMs >= nowMs) return { seconds: asked, time: formatTime(timeMs) };
  // Once the whole grace period is over, a graceful wish is the shortest that still is one.
  return { seconds: asked === 0 ? 0 : 1, time: context.now };
}
