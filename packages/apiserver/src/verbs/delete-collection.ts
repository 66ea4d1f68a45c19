/** DELETE of a collection: what the selectors choose, object by object. The answer is the list of them. */
import { parseListOptions } from "../request/list-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { LIST_OFFER } from "../response/media-type.ts";
import { mutate, type WriteKind, writeContext } from "./admit.ts";
import { readDeleteOptions } from "./delete.ts";

/** Answers with the list of what was to be deleted; objects that are gone already are no failure. */
export async function deleteCollection(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec } = request;
  const media = api.representation.negotiate(exchange, LIST_OFFER);
  api.representation.requireEncodable(codec.resource, media);
  const list = parseListOptions(request.query, request.resource, request.namespace);
  const { options, dryRun } = await readDeleteOptions(request);
  const write: WriteKind = { operation: "DELETE", dryRun };
  const pending = mutate(request, write, undefined, undefined);
  if (pending !== undefined) await pending;
  const result = await request.store.deleteCollection(list, options, writeContext(request, write));
  await api.representation.sendList(exchange, result, codec, media);
}
