/** PUT of an object, its status or another part that has the object's kind. */
import { conflict, type KubernetesObject } from "@quorate/object";
import { bodyEncoding } from "../body/body-format.ts";
import { decodeObject, toStorage } from "../body/decode-object.ts";
import { bindIdentity } from "../body/object-identity.ts";
import { readBody } from "../body/read-body.ts";
import { parseWriteOptions } from "../request/write-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { OBJECT_OFFER } from "../response/media-type.ts";
import { mutate, type WriteKind, writeContext } from "./admit.ts";

export async function updateObject(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec, resource } = request;
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  api.representation.requireEncodable(codec.resource, media);
  const encoding = bodyEncoding(exchange.headers["content-type"]);
  const bytes = await readBody(exchange, api.limits.bodyBytesMax);
  const options = parseWriteOptions(request.query, "UpdateOptions");
  const read = (): KubernetesObject => {
    const sent = decodeObject(api, exchange, bytes, encoding, request.kind, options.fieldValidation);
    bindIdentity(sent, resource, request.namespace, request.name);
    return toStorage(api, sent, resource);
  };
  // The first try uses what was read to check the body; each further one reads it anew.
  let unused: KubernetesObject | undefined = read();
  const write: WriteKind = { operation: "UPDATE", dryRun: options.dryRun };
  const { object, created } = await request.store.update(
    request.namespace,
    request.name,
    async (current) => {
      const next = unused ?? read();
      unused = undefined;
      requireSameUid(request, next, current);
      const operation = current === undefined ? "CREATE" : "UPDATE";
      const pending = mutate(request, { ...write, operation }, next, current);
      if (pending !== undefined) await pending;
      return next;
    },
    writeContext(request, write),
    { createIfAbsent: resource.flags.createOnUpdate && request.subresource === undefined },
  );
  api.representation.sendObject(exchange, created ? 201 : 200, object, codec, media);
}

/** An update that names a uid is meant for that object and for no later one of the same name. */
function requireSameUid(
  request: ResourceRequest,
  next: KubernetesObject,
  current: KubernetesObject | undefined,
): void {
  const wanted = next.metadata.uid;
  const actual = current?.metadata.uid ?? "";
  if (!wanted || wanted === actual) return;
  const why = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`;
  throw conflict(request.ref, request.name, why);
}
