/**
 * Update: reads (from the cache first), lets the caller change a copy, prepares and validates, and writes if
 * nobody was faster, else starts again from what the store has. What is refused on the ground of a cached
 * state is judged again on the newest one. An update that changes nothing writes nothing; one that takes away
 * the last thing that holds a deleted object deletes it.
 */
import {
  conflict,
  invalid,
  invalidObject,
  jsonEqual,
  type KubernetesObject,
  notFound,
  StatusError,
} from "@quorate/object";
import type { CachedObject } from "../cache/cached-object.ts";
import { encodeStored, isStoredAs, servedLength } from "../cache/stored-bytes.ts";
import { objectKey } from "../object-key.ts";
import type { CompanionWrite, WriteOutcome } from "../object-writer.ts";
import type { UpdateOptions, WriteContext } from "../resource-store.ts";
import { createOnce, placeInNamespace } from "./create-object.ts";
import { isJudgement } from "./is-judgement.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** What an update makes of the current object, a copy of its own. */
export type ChangeObject = (
  current: KubernetesObject | undefined,
) => KubernetesObject | Promise<KubernetesObject>;

/** Which object is to change, and how. */
export interface UpdateRequest {
  readonly namespace: string;
  readonly name: string;
  readonly change: ChangeObject;
  readonly context: WriteContext;
  readonly options: UpdateOptions;
}

/** The object as it is now. */
export interface UpdateResult {
  readonly object: CachedObject;
  readonly created: boolean;
}

/** The state that a try starts from, and whether it is known to be the newest. */
interface Origin {
  readonly object: CachedObject | undefined;
  readonly isNewest: boolean;
}

/** Bound: tries against others who write the same object. */
const TRIES_MAX = 100;

/** Changes an object, or makes it where that is allowed. */
export async function updateObject(
  environment: WriteEnvironment,
  request: UpdateRequest,
): Promise<UpdateResult> {
  const key = objectKey(environment.resource, request.namespace, request.name);
  let origin: Origin = { object: environment.cached(key), isNewest: false };
  if (!origin.object) origin = await newest(environment, request);
  for (let tries = 1; ; tries++) {
    try {
      const done = await attempt(environment, request, key, origin);
      if ("object" in done) return done;
      if (tries >= TRIES_MAX) throw conflict(environment.resource, request.name);
      origin = { object: done.current, isNewest: true };
    } catch (error) {
      if (origin.isNewest || !isJudgement(error)) throw error;
      const fresh = await newest(environment, request);
      if (fresh.object?.revision === origin.object?.revision) throw error;
      origin = fresh;
    }
  }
}

async function newest(environment: WriteEnvironment, { namespace, name }: UpdateRequest): Promise<Origin> {
  try {
    return { object: await environment.reader.get(namespace, name), isNewest: true };
  } catch (error) {
    if (error instanceof StatusError && error.status.code === 404)
      return { object: undefined, isNewest: true };
    throw error;
  }
}

/** One try; gives what the store has where somebody else was faster. */
async function attempt(
  environment: WriteEnvironment,
  request: UpdateRequest,
  key: string,
  origin: Origin,
): Promise<UpdateResult | { readonly current: CachedObject | undefined }> {
  if (!origin.object) return createAbsent(environment, request, key);
  const current = origin.object.decode();
  const next = environment.toStorage(await request.change(origin.object.decode()));
  checkVersion(environment, next, current, request.name);
  const companions = await prepare(environment, next, current, request.context);
  const outcome = await write(environment, request, { key, next, current, origin, companions });
  return outcome.written ? { object: outcome.object, created: false } : { current: outcome.current };
}

async function createAbsent(
  environment: WriteEnvironment,
  { change, context, options, name }: UpdateRequest,
  key: string,
): Promise<UpdateResult | { readonly current: CachedObject | undefined }> {
  if (!options.createIfAbsent) throw notFound(environment.resource, name);
  const object = environment.toStorage(await change(undefined));
  object.metadata.name = name;
  delete object.metadata.resourceVersion;
  try {
    return { object: await createOnce(environment, object, context), created: true };
  } catch (error) {
    const isTaken = error instanceof StatusError && error.status.reason === "AlreadyExists";
    if (!isTaken || context.dryRun) throw error;
    return { current: environment.cached(key) };
  }
}

/** A resourceVersion must be the current one; without one, kinds that insist on it refuse. */
function checkVersion(
  { resource }: WriteEnvironment,
  next: KubernetesObject,
  current: KubernetesObject,
  name: string,
): void {
  const { resourceVersion = "" } = next.metadata;
  if (resourceVersion === current.metadata.resourceVersion) return;
  if (resourceVersion !== "" && resourceVersion !== "0") throw conflict(resource, name);
  if (resource.flags.unconditionalUpdate) {
    next.metadata.resourceVersion = current.metadata.resourceVersion;
    return;
  }
  const error = invalid("metadata.resourceVersion", 0, "must be specified for an update");
  // Compat: the reference names the resource where the kind belongs.
  throw invalidObject({ group: resource.group, kind: resource.resource }, name, [error]);
}

async function prepare(
  { resource, strategy, hooks }: WriteEnvironment,
  next: KubernetesObject,
  current: KubernetesObject,
  context: WriteContext,
): Promise<readonly CompanionWrite[]> {
  placeInNamespace(next, resource.namespaced, context.namespace);
  strategy.prepareForUpdate(next, current, context);
  const companions = (await hooks.companions?.(next, current, context)) ?? [];
  const errors = strategy.validateUpdate(next, current, context);
  if (errors.length > 0) throw invalidObject(resource, next.metadata.name ?? "", errors);
  for (const text of strategy.warnings?.(next, current) ?? []) context.warn?.(text);
  await context.admit?.(next, current);
  return companions;
}

interface PreparedUpdate {
  readonly companions: readonly CompanionWrite[];
  readonly key: string;
  readonly next: KubernetesObject;
  readonly current: KubernetesObject;
  readonly origin: Origin;
}

async function write(
  environment: WriteEnvironment,
  request: UpdateRequest,
  update: PreparedUpdate,
): Promise<WriteOutcome> {
  const { key, next, current, origin, companions } = update;
  const object = origin.object!;
  if (isSetFree(environment, next, current)) return remove(environment, request, update);
  const stored = encodeStored(next);
  if (isSameObject(object, stored, next, current)) {
    const fresh = origin.isNewest ? object : (await newest(environment, request)).object;
    return fresh?.revision === object.revision
      ? { written: true, object }
      : { written: false, current: fresh };
  }
  if (request.context.dryRun) return { written: true, object: environment.dryObject(key, next) };
  return environment.writer.replace(key, stored, object.revision, companions);
}

/** Whether nothing holds the object any more that was to be deleted. */
function isSetFree(
  { hooks }: WriteEnvironment,
  next: KubernetesObject,
  { metadata: current }: KubernetesObject,
): boolean {
  if ((next.metadata.finalizers?.length ?? 0) > 0 || !current.deletionTimestamp) return false;
  if ((current.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  return hooks.mayDeleteDuringUpdate?.(next) ?? true;
}

async function remove(
  { writer, dryObject, hooks }: WriteEnvironment,
  { context }: UpdateRequest,
  { key, next, current, origin }: PreparedUpdate,
): Promise<WriteOutcome> {
  if (context.dryRun) return { written: true, object: dryObject(key, next) };
  const companions = await hooks.companions?.(undefined, current, context);
  const outcome = await writer.remove(key, origin.object!.revision, companions);
  if (!outcome.removed) return { written: false, current: outcome.current };
  return { written: true, object: writer.objectAt(key, outcome.revision, encodeStored(next)) };
}

/**
 * Whether the two differ in nothing that is stored, whatever the order of their fields. The same fields in
 * another order are of the same length, so that almost all changes are told by a look at that.
 */
function isSameObject(
  { json, revision }: CachedObject,
  stored: Buffer,
  next: KubernetesObject,
  current: KubernetesObject,
): boolean {
  if (json.length !== servedLength(stored, revision)) return false;
  if (isStoredAs(json, stored, revision)) return true;
  const { resourceVersion: _next, selfLink: _link, ...kept } = next.metadata;
  const { resourceVersion: _current, ...was } = current.metadata;
  return jsonEqual({ ...next, metadata: kept }, { ...current, metadata: was });
}
