/**
 * The scale subresource: a view of an object's replica count in the shape of autoscaling/v1 Scale. A write
 * changes spec.replicas of the object and nothing else.
 */
import {
  badRequest,
  conflict,
  formatLabelSelector,
  type GroupVersionKind,
  invalid,
  invalidObject,
  type JsonObject,
  type KubernetesObject,
  type LabelSelectorSpec,
  labelSelectorFromSet,
  numberIn,
  objectIn,
} from "@quorate/object";
import type { WriteContext } from "@quorate/registry";
import { check } from "../body/decode-object.ts";
import { PatchBody, patchTypeOf } from "../body/patch-body.ts";
import { readBody } from "../body/read-body.ts";
import { parseReadPoint } from "../request/list-options.ts";
import { parseWriteOptions } from "../request/write-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { type MediaType, OBJECT_OFFER, type Offer } from "../response/media-type.ts";
import { admissionRequest, type WriteKind, writeContext } from "./admit.ts";
import { readSent } from "./read-sent.ts";
import { otherUid } from "./update.ts";

const SCALE: GroupVersionKind = { group: "autoscaling", version: "v1", kind: "Scale" };
const SCALE_OFFER: Offer = { ...OBJECT_OFFER, forms: ["", "Table"] };

/** Answers with the Scale of an object. */
export async function getScale(request: ResourceRequest): Promise<void> {
  const media = negotiate(request);
  const stored = await request.store.get(request.namespace, request.name, parseReadPoint(request.query));
  send(request, scaleOf(request, stored.decode()), media);
}

/** Sets the replicas of an object from a Scale. */
export async function updateScale(request: ResourceRequest): Promise<void> {
  const media = negotiate(request);
  const sent = await readSent(request, SCALE, "UpdateOptions");
  requireName(request, sent.object);
  await write(request, media, sent.options.dryRun, () => sent.object);
}

/** Sets the replicas of an object from a patch of its Scale. */
export async function patchScale(request: ResourceRequest): Promise<void> {
  const { api, exchange } = request;
  const type = patchTypeOf(exchange.headers["content-type"], true);
  const media = negotiate(request);
  const bytes = await readBody(exchange, api.limits.bodyBytesMax);
  const options = parseWriteOptions(request.query, "PatchOptions");
  const { fieldValidation: validation } = options;
  const patch = new PatchBody(api, exchange, { type, bytes, validation }, SCALE);
  await write(request, media, options.dryRun, (scale) => patch.apply(scale));
}

/** `next` gives the wanted scale from the current one. */
async function write(
  request: ResourceRequest,
  media: MediaType,
  dryRun: boolean,
  next: (scale: KubernetesObject) => KubernetesObject,
): Promise<void> {
  const kind: WriteKind = { operation: "UPDATE", dryRun, kind: SCALE };
  const { admit: _admit, ...context } = writeContext(request, kind);
  const { object } = await request.store.update(
    request.namespace,
    request.name,
    async (current) => {
      const object = current as KubernetesObject;
      const before = scaleOf(request, object);
      const scale = next(structuredClone(before));
      requireName(request, scale);
      await request.api.admission.mutate(admissionRequest(request, kind, scale, before));
      validateScale(request, scale, before);
      await request.api.admission.validate(admissionRequest(request, kind, scale, before));
      object.spec ??= {};
      object.spec.replicas = numberIn(scale.spec, "replicas");
      return object;
    },
    context satisfies WriteContext,
  );
  send(request, scaleOf(request, object.decode()), media);
}

function validateScale(request: ResourceRequest, scale: KubernetesObject, before: KubernetesObject): void {
  const { resourceVersion, uid } = scale.metadata;
  if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
    throw conflict(request.ref, request.name);
  }
  if (uid && uid !== before.metadata.uid) {
    throw conflict(request.ref, request.name, otherUid(uid, before.metadata.uid ?? ""));
  }
  const replicas = numberIn(scale.spec, "replicas");
  if (replicas >= 0) return;
  const error = invalid("spec.replicas", replicas, "must be greater than or equal to 0");
  throw invalidObject(SCALE, request.name, [error]);
}

function requireName(request: ResourceRequest, { metadata }: KubernetesObject): void {
  const { name = "", namespace = "" } = metadata;
  if (name !== request.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${request.name})`);
  }
  if (namespace !== "" && namespace !== request.namespace) {
    const url = `the namespace on the URL (${request.namespace})`;
    throw badRequest(`the namespace of the object (${namespace}) does not match ${url}`);
  }
}

function scaleOf(request: ResourceRequest, object: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(object);
  const scale: JsonObject = {
    kind: SCALE.kind,
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberIn(object.spec, "replicas") },
    status: { replicas: numberIn(object.status, "replicas"), ...(selector === "" ? {} : { selector }) },
  };
  return check(request.api, scale, SCALE, badRequest).object as unknown as KubernetesObject;
}

/** Replication controllers select by plain labels. */
function selectorText(object: KubernetesObject): string {
  const selector = objectIn(object.spec, "selector");
  if (object.kind !== "ReplicationController") return formatLabelSelector(selector as LabelSelectorSpec);
  return labelSelectorFromSet(selector as Record<string, string>).toString();
}

function negotiate(request: ResourceRequest): MediaType {
  return request.api.representation.negotiate(request.exchange, SCALE_OFFER);
}

function send(request: ResourceRequest, scale: KubernetesObject, media: MediaType): void {
  request.api.representation.sendValue(request.exchange, 200, SCALE, scale, media);
}
