/** GET of one object, or of its status. */
import { parseReadPoint } from "../request/list-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { OBJECT_OFFER } from "../response/media-type.ts";

/** Answers with the object, as of the resourceVersion that the query names. */
export async function getObject(request: ResourceRequest): Promise<void> {
  const { exchange, codec } = request;
  const { representation } = request.api;
  const media = representation.negotiate(exchange, OBJECT_OFFER);
  representation.requireEncodable(codec.resource, media);
  const stored = await request.store.get(request.namespace, request.name, parseReadPoint(request.query));
  representation.sendObject(exchange, 200, stored, codec, media);
}
