/** GET of a collection. */
import { parseListOptions } from "../request/list-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { LIST_OFFER } from "../response/media-type.ts";

/** Answers with the list, piece by piece as the client reads. */
export async function listObjects(request: ResourceRequest): Promise<void> {
  const { exchange, codec } = request;
  const { representation } = request.api;
  const media = representation.negotiate(exchange, LIST_OFFER);
  representation.requireEncodable(codec.resource, media);
  const options = parseListOptions(request.query, request.resource, request.namespace);
  const result = await request.store.list(options);
  await representation.sendList(exchange, result, codec, media);
}
