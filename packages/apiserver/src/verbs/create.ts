/** POST to a collection. */
import { toStorage } from "../body/decode-object.ts";
import { bindNamespace } from "../body/object-identity.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { OBJECT_OFFER } from "../response/media-type.ts";
import { mutate, type WriteKind, writeContext } from "./admit.ts";
import { readSent } from "./read-sent.ts";

/** Answers with a 201 and the object as it is stored. */
export async function createObject(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec } = request;
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  api.representation.requireEncodable(codec.resource, media);
  const sent = await readSent(request, request.kind, "CreateOptions");
  bindNamespace(sent.object, request.namespace);
  const object = toStorage(api, sent.object, request.resource);
  const write: WriteKind = { operation: "CREATE", dryRun: sent.options.dryRun };
  const pending = mutate(request, write, object, undefined);
  if (pending !== undefined) await pending;
  const created = await request.store.create(object, writeContext(request, write));
  api.representation.sendObject(exchange, 201, created, codec, media);
}
