/**
 * Which function serves which verb of which resource: the generic verbs, and a few by name for what no table
 * can say.
 */
import type { ResourceTable, SubresourceTable } from "@quorate/schema";
import type { ResourceRequest } from "../resource-request.ts";
import { getComponentStatus, listComponentStatuses } from "../verbs/component-statuses.ts";
import { createObject } from "../verbs/create.ts";
import { createToken } from "../verbs/create-token.ts";
import { deleteObject } from "../verbs/delete.ts";
import { deleteCollection } from "../verbs/delete-collection.ts";
import { getObject } from "../verbs/get.ts";
import { listObjects } from "../verbs/list.ts";
import { patchObject } from "../verbs/patch.ts";
import { bindPod } from "../verbs/pods/bind-pod.ts";
import { evictPod } from "../verbs/pods/evict-pod.ts";
import {
  forwardPort,
  proxyNode,
  proxyPod,
  proxyService,
  readLog,
  streamContainer,
} from "../verbs/pods/kubelet-streams.ts";
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from "../verbs/reviews/access-reviews.ts";
import { selfSubjectReview, tokenReview } from "../verbs/reviews/identity-reviews.ts";
import { getScale, patchScale, updateScale } from "../verbs/scale.ts";
import { updateObject } from "../verbs/update.ts";
import { watchObjects } from "../verbs/watch.ts";

/** Serves one verb: answers, or throws a StatusError. */
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
/** Subresources that are a part of the object itself: status, finalize, approval, .... */
const PART_VERBS: VerbHandlers = { get: getObject, update: updateObject, patch: patchObject };

const SCALE_VERBS: VerbHandlers = { get: getScale, update: updateScale, patch: patchScale };

/** The same function for every verb. */
function anyVerb(handler: VerbHandler): VerbHandlers {
  return { create: handler, get: handler, update: handler, patch: handler, delete: handler };
}

/** By `<group>/<resource>` and, after a second slash, the subresource; `*` for any resource. */
const SPECIAL: Readonly<Record<string, VerbHandlers>> = {
  "*/scale": SCALE_VERBS,
  "/bindings": { create: bindPod },
  "/componentstatuses": { get: getComponentStatus, list: listComponentStatuses },
  "/nodes/proxy": anyVerb(proxyNode),
  "/pods/attach": anyVerb(streamContainer),
  "/pods/binding": { create: bindPod },
  "/pods/eviction": { create: evictPod },
  "/pods/exec": anyVerb(streamContainer),
  "/pods/log": { get: readLog },
  "/pods/portforward": anyVerb(forwardPort),
  "/pods/proxy": anyVerb(proxyPod),
  "/serviceaccounts/token": { create: createToken },
  "/services/proxy": anyVerb(proxyService),
  "authentication.k8s.io/selfsubjectreviews": { create: selfSubjectReview },
  "authentication.k8s.io/tokenreviews": { create: tokenReview },
  "authorization.k8s.io/localsubjectaccessreviews": { create: localSubjectAccessReview },
  "authorization.k8s.io/selfsubjectaccessreviews": { create: selfSubjectAccessReview },
  "authorization.k8s.io/selfsubjectrulesreviews": { create: selfSubjectRulesReview },
  "authorization.k8s.io/subjectaccessreviews": { create: subjectAccessReview },
};

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
