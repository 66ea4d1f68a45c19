/**
 * Create: system metadata, the kind's preparation and validation, admission, then a write that only an absent
 * key takes. A generated name that is taken is replaced by another, seven times.
 */
import {
  alreadyExists,
  badRequest,
  generateNameConflict,
  invalidObject,
  type KubernetesObject,
  type StatusError,
  serverTimeout,
  unclassified,
} from "@quorate/object";
import type { CachedObject } from "../cache/cached-object.ts";
import { encodeStored } from "../cache/stored-bytes.ts";
import { objectKey } from "../object-key.ts";
import { fillSystemMetadata, generatedName } from "../object-names.ts";
import type { CompanionWrite, WriteOutcome } from "../object-writer.ts";
import type { WriteContext } from "../resource-store.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** Bound: names that are tried for one generateName. */
const NAMES_MAX = 8;
/** Bound: tries against others who take from the same range. */
const COMPANION_TRIES_MAX = 100;

/** Creates an object; takes it over. */
export async function createObject(
  environment: WriteEnvironment,
  given: KubernetesObject,
  context: WriteContext,
): Promise<CachedObject> {
  const object = environment.toStorage(given);
  const { metadata } = object;
  if (!metadata.generateName || metadata.name) return createOnce(environment, object, context);
  for (let tries = 1; ; tries++) {
    const attempt = tries < NAMES_MAX ? structuredClone(object) : object;
    attempt.metadata.name = generatedName(metadata.generateName, environment.random);
    try {
      return await createOnce(environment, attempt, context);
    } catch (error) {
      if ((error as StatusError).status?.reason !== "AlreadyExists" || tries >= NAMES_MAX) throw error;
    }
  }
}

/** Writes the object, whose name is set, where nothing of this name exists. Takes it over. */
export async function createOnce(
  environment: WriteEnvironment,
  object: KubernetesObject,
  context: WriteContext,
): Promise<CachedObject> {
  placeInNamespace(object, environment.resource.namespaced, context.namespace);
  fillSystemMetadata(object, context.now);
  for (let tries = 1; ; tries++) {
    const next = environment.hooks.companions ? structuredClone(object) : object;
    const companions = await prepareNew(environment, next, context);
    const outcome = await writeNew(environment, next, companions, context);
    if (outcome.written) return outcome.object;
    if (outcome.current || companions.length === 0) throw taken(environment, next, outcome.current);
    // Nothing of this name is there: somebody else was faster at what the object was to take.
    if (tries >= COMPANION_TRIES_MAX) throw serverTimeout(environment.resource, "create", 1);
  }
}

/** What a kind makes of a new object, and what validation and admission say to it. */
async function prepareNew(
  { resource, strategy, hooks }: WriteEnvironment,
  object: KubernetesObject,
  context: WriteContext,
): Promise<readonly CompanionWrite[]> {
  strategy.prepareForCreate(object, context);
  const companions = (await hooks.companions?.(object, undefined, context)) ?? [];
  const errors = strategy.validateCreate(object, context);
  if (errors.length > 0) throw invalidObject(resource, object.metadata.name ?? "", errors);
  for (const text of strategy.warnings?.(object, undefined) ?? []) context.warn?.(text);
  await context.admit?.(object, undefined);
  return companions;
}

async function writeNew(
  { resource, writer, cached, dryObject }: WriteEnvironment,
  object: KubernetesObject,
  companions: readonly CompanionWrite[],
  context: WriteContext,
): Promise<WriteOutcome> {
  const { namespace = "", name = "", resourceVersion = "0" } = object.metadata;
  if (resourceVersion !== "0" && resourceVersion !== "") {
    throw unclassified("resourceVersion should not be set on objects to be created");
  }
  const key = objectKey(resource, namespace, name);
  if (!context.dryRun) {
    return writer.create(key, encodeStored(object), companions);
  }
  const current = cached(key);
  return current ? { written: false, current } : { written: true, object: dryObject(key, object) };
}

/** The object lies where the request says; one that says otherwise is refused. */
export function placeInNamespace(object: KubernetesObject, namespaced: boolean, namespace: string): void {
  const expected = namespaced ? namespace : "";
  const given = object.metadata.namespace ?? "";
  if (given !== "" && given !== expected) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (expected === "") delete object.metadata.namespace;
  else object.metadata.namespace = expected;
}

function taken(
  { resource }: WriteEnvironment,
  object: KubernetesObject,
  existing: CachedObject | undefined,
): StatusError {
  const { name = "", generateName } = object.metadata;
  const error = generateName ? generateNameConflict(resource, name) : alreadyExists(resource, name);
  if (existing?.decode().metadata.deletionTimestamp) {
    error.status.message = `object is being deleted: ${error.status.message}`;
  }
  return error;
}
