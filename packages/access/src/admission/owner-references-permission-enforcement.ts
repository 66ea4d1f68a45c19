/**
 * OwnerReferencesPermissionEnforcement (off by default): who changes the owners of an object must be allowed
 * to delete it, and who makes an owner wait for it must be allowed to change that owner's finalizers.
 */
import { jsonEqual, type KubernetesObject, type OwnerReference } from "@quorate/object";
import { parseApiVersion, type SchemaRegistry } from "@quorate/schema";
import type { AccessAttributes, Authorizer } from "../authorization/authorizer.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { refuse } from "./refusal.ts";

/** Validates the owners of everything that is written. */
export class OwnerReferencesPermissionEnforcement implements AdmissionPlugin {
  readonly name = "OwnerReferencesPermissionEnforcement";
  readonly #authorizer: Authorizer;
  readonly #schema: SchemaRegistry;

  constructor(authorizer: Authorizer, schema: SchemaRegistry) {
    this.#authorizer = authorizer;
    this.#schema = schema;
  }

  /** Compat: status writes of pods can't change owners. */
  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    if (operation !== "CREATE" && operation !== "UPDATE") return false;
    return !(resource.group === "" && resource.resource === "pods" && subresource === "status");
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const { object, oldObject, operation } = request;
    const owners = ownersOf(object);
    if (jsonEqual(owners, ownersOf(oldObject))) return;
    if (operation === "UPDATE") await this.#requireDelete(request);
    for (const owner of newlyBlocking(owners, ownersOf(oldObject)))
      await this.#requireFinalizers(request, owner);
  }

  async #requireDelete(request: AdmissionRequest): Promise<void> {
    const { group, version, resource } = request.resource;
    const { namespace, name } = request;
    if (await this.#allows(request, { verb: "delete", group, version, resource, namespace, name })) return;
    throw refuse(request, "cannot set an ownerRef on a resource you can't delete: , ");
  }

  async #requireFinalizers(request: AdmissionRequest, owner: OwnerReference): Promise<void> {
    const gv = parseApiVersion(owner.apiVersion);
    const resource = gv && this.#schema.findResourceOfKind(gv.group, gv.version, owner.kind);
    const head = "cannot set blockOwnerDeletion";
    if (resource === undefined) {
      const why = `no RESTMapping found for apiVersion ${owner.apiVersion} kind ${owner.kind}`;
      throw refuse(request, `${head} in this case because cannot find RESTMapping for it: ${why}`);
    }
    const { group, version } = resource;
    const namespace = resource.namespaced ? request.namespace : "";
    const wanted = {
      verb: "update",
      group,
      version,
      resource: resource.resource,
      namespace,
      name: owner.name,
    };
    if (await this.#allows(request, wanted, "finalizers")) return;
    const why = "an ownerReference refers to a resource you can't set finalizers on: , ";
    throw refuse(request, `${head} if ${why}`);
  }

  async #allows(
    request: AdmissionRequest,
    wanted: Pick<AccessAttributes, "verb" | "group" | "version" | "resource" | "namespace" | "name">,
    subresource = "",
  ): Promise<boolean> {
    const attributes: AccessAttributes = { ...wanted, subresource, isResource: true, path: "" };
    return (await this.#authorizer.authorize(request.user, attributes)).decision === "allow";
  }
}

function ownersOf(object: KubernetesObject | undefined): readonly OwnerReference[] {
  return object?.metadata.ownerReferences ?? [];
}

function newlyBlocking(next: readonly OwnerReference[], old: readonly OwnerReference[]): OwnerReference[] {
  const known = new Set(old.filter((owner) => owner.blockOwnerDeletion === true).map(({ uid }) => uid));
  return next.filter((owner) => owner.blockOwnerDeletion === true && !known.has(owner.uid));
}
