/**
 * The unaggregated discovery documents: APIVersions, APIGroupList, APIGroup, APIResourceList. Plain objects
 * with the reference's fields in its order.
 */
import type { JsonObject } from "@quorate/object";
import type { GroupTable, ResourceTable, SubresourceTable } from "../kind.ts";
import { apiVersionOf, type SchemaRegistry } from "../schema-registry.ts";

/** Which address clients of a network should use. */
export interface ServerAddressByClientCidr extends JsonObject {
  clientCIDR: string;
  serverAddress: string;
}

/** The body of `/api`. */
export function apiVersions(schema: SchemaRegistry, addresses: ServerAddressByClientCidr[]): JsonObject {
  const versions = schema.findGroup("")?.versions.map((version) => version.version) ?? [];
  return { kind: "APIVersions", versions, serverAddressByClientCIDRs: addresses };
}

/** The body of `/apis`: every group but the core one. `others` are groups served by somebody else. */
export function apiGroupList(schema: SchemaRegistry, others: readonly JsonObject[] = []): JsonObject {
  const groups = schema.groups().filter((group) => group.group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: [...groups.map(groupEntry), ...others] };
}

/** The body of `/apis/<group>`; undefined where no such group is served. */
export function apiGroup(schema: SchemaRegistry, group: string): JsonObject | undefined {
  const table = schema.findGroup(group);
  return table === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupEntry(table) };
}

/** The body of `/api/v1` and `/apis/<group>/<version>`; undefined where no such version is served. */
export function apiResourceList(
  schema: SchemaRegistry,
  group: string,
  version: string,
): JsonObject | undefined {
  const table = schema.findGroup(group)?.versions.find((candidate) => candidate.version === version);
  if (table === undefined) return undefined;
  const resources = table.resources.flatMap((resource) => [
    resourceEntry(resource),
    ...resource.subresources.map((subresource) => subresourceEntry(resource, subresource)),
  ]);
  const groupVersion = apiVersionOf(group, version);
  // Compat: the core group's list, as APIVersions, has no apiVersion in the reference.
  if (group === "") return { kind: "APIResourceList", groupVersion, resources };
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

function groupEntry(group: GroupTable): JsonObject {
  const versions = group.versions.map(({ version }) => ({
    groupVersion: apiVersionOf(group.group, version),
    version,
  }));
  return { name: group.group, versions, preferredVersion: versions[0] };
}

function resourceEntry(resource: ResourceTable): JsonObject {
  const entry: JsonObject = {
    name: resource.resource,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: [...resource.verbs],
  };
  if (resource.shortNames.length > 0) entry.shortNames = [...resource.shortNames];
  if (resource.categories.length > 0) entry.categories = [...resource.categories];
  if (resource.storageVersionHash !== undefined) entry.storageVersionHash = resource.storageVersionHash;
  return entry;
}

function subresourceEntry(resource: ResourceTable, subresource: SubresourceTable): JsonObject {
  const isForeign = subresource.group !== resource.group || subresource.version !== resource.version;
  const entry: JsonObject = {
    name: `${resource.resource}/${subresource.name}`,
    singularName: "",
    namespaced: resource.namespaced,
  };
  if (isForeign && subresource.group !== "") entry.group = subresource.group;
  if (isForeign) entry.version = subresource.version;
  entry.kind = subresource.kind;
  entry.verbs = [...subresource.verbs];
  return entry;
}
