/** POST to a collection. */
import { bodyEncoding } from "../body/body-format.ts";
import { decodeObject, toStorage } from "../body/decode-object.ts";
import { bindNamespace } from "../body/object-identity.ts";
import { readBody } from "../body/read-body.ts";
import { parseWriteOptions } from "../request/write-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { OBJECT_OFFER } from "../response/media-type.ts";
import { mutate, type WriteKind, writeContext } from "./admit.ts";

export async function createObject(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec } = request;
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  api.representation.requireEncodable(codec.resource, media);
  const encoding = bodyEncoding(exchange.headers["content-type"]);
  const bytes = await readBody(exchange, api.limits.bodyBytesMax);
  const options = parseWriteOptions(request.query, "CreateOptions");
  const sent = decodeObject(api, exchange, bytes, encoding, request.kind, options.fieldValidation);
  bindNamespace(sent, request.namespace);
  const object = toStorage(api, sent, request.resource);
  const write: WriteKind = { operation: "CREATE", dryRun: options.dryRun };
  const pending = mutate(request, write, object, undefined);
  if (pending !== undefined) await pending;
  const created = await request.store.create(object, writeContext(request, write));
  api.representation.sendObject(exchange, 201, created, codec, media);
}
