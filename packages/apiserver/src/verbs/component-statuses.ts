/**
 * componentstatuses: read by old tools, deprecated, and asked of the parts themselves. There is one here: the
 * store.
 *
 * Deviation: the reference also probes a scheduler and a controller manager on its own machine, which we
 * don't run.
 */
import { messageOf } from "@quorate/base";
import { type KubernetesObject, notFound } from "@quorate/object";
import { parseListOptions } from "../request/list-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { LIST_OFFER, OBJECT_OFFER } from "../response/media-type.ts";
import { TransientObject } from "../response/transient-object.ts";

const STORE = "etcd-0";

/** Answers with one component, or a 404. */
export async function getComponentStatus(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec } = request;
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  if (request.name !== STORE) throw notFound({ group: "", resource: "componentstatus" }, request.name);
  api.representation.sendObject(exchange, 200, await storeStatus(request), codec, media);
}

/** Answers with the list of components that the selectors choose. */
export async function listComponentStatuses(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec } = request;
  const media = api.representation.negotiate(exchange, LIST_OFFER);
  const { labelSelector, fieldSelector } = parseListOptions(request.query, request.resource, "");
  const item = await storeStatus(request);
  const { labels } = item.decode().metadata;
  const isSelected =
    (labelSelector?.matches(labels) ?? true) &&
    (fieldSelector?.matches((field) => (field === "metadata.name" ? item.name : "")) ?? true);
  await api.representation.sendList(exchange, { items: isSelected ? [item] : [], revision: 0 }, codec, media);
}

/** Healthy where a linearizable read is answered. */
async function storeStatus({ api }: ResourceRequest): Promise<TransientObject> {
  let status = "True";
  let message = "ok";
  try {
    await api.stores.store("", "namespaces").list({ namespace: "", limit: 1 });
  } catch (error) {
    status = "False";
    message = messageOf(error);
  }
  const object: KubernetesObject = {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name: STORE },
    conditions: [{ type: "Healthy", status, message }],
  };
  return new TransientObject(object);
}
