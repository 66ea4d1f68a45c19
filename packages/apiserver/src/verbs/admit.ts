/**
 * Admission around a write: the mutating plugins on the object that the client sent, the validating ones as a
 * callback that the store runs on what it is about to keep.
 */
import type { AdmissionRequest, Operation } from "@quorate/access";
import type { GroupVersionKind, KubernetesObject } from "@quorate/object";
import type { WriteContext } from "@quorate/registry";
import type { SubresourceName } from "@quorate/schema";
import type { ResourceRequest } from "../resource-request.ts";

/** What a write is, for admission. */
export interface WriteKind {
  readonly operation: Operation;
  readonly dryRun: boolean;
  /** Kind of the body; the resource's where absent. */
  readonly kind?: GroupVersionKind;
}

/** What plugins see of a write; `oldObject` is absent for a create, `object` for a delete. */
export function admissionRequest(
  request: ResourceRequest,
  write: WriteKind,
  object: KubernetesObject | undefined,
  oldObject: KubernetesObject | undefined,
): AdmissionRequest {
  const { exchange } = request;
  return {
    operation: write.operation,
    resource: request.resource,
    subresource: request.subresource?.name ?? "",
    kind: write.kind ?? request.kind,
    namespace: request.namespace,
    name: request.name || ((object ?? oldObject)?.metadata.name ?? ""),
    user: request.user,
    dryRun: write.dryRun,
    object,
    oldObject,
    warn: (text) => exchange.warn(text),
  };
}

/** Whether any mutating plugin looks at such a write. */
export function isMutated(request: ResourceRequest, { operation }: WriteKind): boolean {
  const { resource, subresource } = request;
  return request.api.admission.mutates({ operation, resource, subresource: subresource?.name ?? "" });
}

/** Runs the mutating plugins; `object` is changed in place. */
export function mutate(
  request: ResourceRequest,
  write: WriteKind,
  object: KubernetesObject | undefined,
  oldObject: KubernetesObject | undefined,
): void | Promise<void> {
  return request.api.admission.mutate(admissionRequest(request, write, object, oldObject));
}

/** The store's context of a write, with validating admission where any plugin looks at such a request. */
export function writeContext(request: ResourceRequest, write: WriteKind): WriteContext {
  const subresource = (request.subresource?.name ?? "") as SubresourceName;
  const context = request.writeContext(subresource, write.dryRun);
  const { admission } = request.api;
  const target = { operation: write.operation, resource: request.resource, subresource };
  if (!admission.validates(target)) return context;
  return {
    ...context,
    admit: async (next, current) => {
      const operation = current === undefined ? "CREATE" : write.operation;
      const object = write.operation === "DELETE" ? undefined : next;
      await admission.validate(admissionRequest(request, { ...write, operation }, object, current));
    },
  };
}
