/** PATCH of an object, its status or another part that has the object's kind. */
import { badRequest, type KubernetesObject } from "@quorate/object";
import { toStorage } from "../body/decode-object.ts";
import { bindNamespace } from "../body/object-identity.ts";
import { PatchBody, patchTypeOf } from "../body/patch-body.ts";
import { readBody } from "../body/read-body.ts";
import { parseWriteOptions } from "../request/write-options.ts";
import type { ResourceRequest } from "../resource-request.ts";
import { OBJECT_OFFER } from "../response/media-type.ts";
import { isMutated, mutate, type WriteKind, writeContext } from "./admit.ts";

/** Answers with the patched object; tries again where somebody else was faster. */
export async function patchObject(request: ResourceRequest): Promise<void> {
  const { api, exchange, codec, resource } = request;
  const type = patchTypeOf(exchange.headers["content-type"], codec.hasProtobuf);
  const media = api.representation.negotiate(exchange, OBJECT_OFFER);
  api.representation.requireEncodable(codec.resource, media);
  const bytes = await readBody(exchange, api.limits.bodyBytesMax);
  const options = parseWriteOptions(request.query, "PatchOptions");
  const { fieldValidation: validation } = options;
  const patch = new PatchBody(api, exchange, { type, bytes, validation }, request.kind);
  const write: WriteKind = { operation: "UPDATE", dryRun: options.dryRun };
  const isAdmitted = isMutated(request, write);
  const { object } = await request.store.update(
    request.namespace,
    request.name,
    async (current) => {
      const old = current as KubernetesObject;
      // The copy is for plugins that compare; without any, the patch may work on the object itself.
      const patched = patch.apply(codec.versioned(isAdmitted ? structuredClone(old) : old));
      bindNamespace(patched, request.namespace);
      requireName(patched, request.name);
      const next = toStorage(api, patched, resource);
      if (isAdmitted) await mutate(request, write, next, old);
      return next;
    },
    writeContext(request, write),
  );
  api.representation.sendObject(exchange, 200, object, codec, media);
}

function requireName(object: KubernetesObject, name: string): void {
  const given = object.metadata.name ?? "";
  if (given === name) return;
  throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}
