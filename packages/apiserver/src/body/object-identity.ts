/**
 * The name and namespace in a body against those in the URL: a body may leave the namespace out, anything
 * that contradicts is a 400.
 */
import { badRequest, type KubernetesObject } from "@quorate/object";
import type { ResourceTable } from "@quorate/schema";

/** For creates: sets the namespace of the URL. */
export function bindNamespace(object: KubernetesObject, namespace: string): void {
  const { metadata } = object;
  if (metadata.namespace === namespace) return;
  if (namespace === "") delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = namespace;
  else {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** For updates: the name is required, the namespace may be left out. */
export function bindIdentity(
  object: KubernetesObject,
  resource: ResourceTable,
  namespace: string,
  name: string,
): void {
  const { metadata } = object;
  if (!metadata.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (!resource.namespaced) delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) {
    const url = `the namespace on the URL (${namespace})`;
    throw badRequest(`the namespace of the object (${metadata.namespace}) does not match ${url}`);
  }
}
