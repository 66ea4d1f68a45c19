/**
 * Which function serves which verb of which resource: the generic verbs, and a few by name for what no table can say.
 */
import type { ResourceTable, SubresourceTable } from "@quorate/schema";
import type { ResourceRequest } from "../resource-request.ts";
import { createObject } from "../verbs/create.ts";
import { deleteObject } from "../verbs/delete.ts";
import { deleteCollection } from "../verbs/delete-collection.ts";
import { getObject } from "../verbs/get.ts";
import { listObjects } from "../verbs/list.ts";
import { patchObject } from "../verbs/patch.ts";
import { updateObject } from "../verbs/update.ts";
import { watchObjects } from "../verbs/watch.ts";

export type VerbHandler = (request: ResourceRequest) => void | Promise<void>;
/** By verb. */
export type VerbHandlers = Readonly<Record<string, VerbHandler>>;

const OBJECT_VERBS: VerbHandlers = {
  create: createObject,
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
};
/** Subresources that are a part of the object itself: status, finalize, approval, ephemeralcontainers, resize. */
const PART_VERBS: VerbHandlers = { get: getObject, update: updateObject, patch: patchObject };

/** By `<group>/<resource>` and, after a second slash, the subresource; `*` for any resource. */
const SPECIAL: Readonly<Record<string, VerbHandlers>> = {};

/** The function for a verb; undefined where the resource has no such verb. */
export function findHandler(
  resource: ResourceTable,
  subresource: SubresourceTable | undefined,
  verb: string,
): VerbHandler | undefined {
  const verbs = (subresource ?? resource).verbs as readonly string[];
  if (!verbs.includes(verb)) return undefined;
  const own = `${resource.group}/${resource.resource}`;
  if (subresource === undefined) return (SPECIAL[own] ?? OBJECT_VERBS)[verb];
  const { name } = subresource;
  return (SPECIAL[`${own}/${name}`] ?? SPECIAL[`*/${name}`] ?? PART_VERBS)[verb];
}
