/** PUT of an object, its status or another part that has the object's kind. */
import { conflict, type KubernetesObject } from "@quorate/object";
import { toStorage } from "../body/decode-object.ts";
import { bindIdentity } from "../body/object-identity.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { OBJECT_OFFER } from "../response/media-type.ts";
import { mutate, type WriteKind, writeContext } from "./admit.ts";
import { readSent } from "./read-sent.ts";

/** Answers with the object as it is stored: a 201 where it was created, a 200 else. */
export async function updateObject(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec, resource } = request;
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  api.representation.requireEncodable(codec.resource, media);
  const sent = await readSent(request, request.kind, "UpdateOptions");
  const bind = (object: KubernetesObject): KubernetesObject => {
    bindIdentity(object, resource, request.namespace, request.name);
    return toStorage(api, object, resource);
  };
  // The first try uses what was read to check the body; each further one reads it anew.
  let unused: KubernetesObject | undefined = bind(sent.object);
  const write: WriteKind = { operation: "UPDATE", dryRun: sent.options.dryRun };
  const { object, created } = await request.store.update(
    request.namespace,
    request.name,
    async (current) => {
      const next = unused ?? bind(sent.again());
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
  throw conflict(request.ref, request.name, otherUid(wanted, actual));
}

/** Why a write that is meant for one object of a name is not applied to another. */
export function otherUid(wanted: string, actual: string): string {
  return `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`;
}
