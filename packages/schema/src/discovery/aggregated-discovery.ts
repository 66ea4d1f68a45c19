/**
 * The aggregated discovery documents (apidiscovery.k8s.io/v2 APIGroupDiscoveryList) of `/api` and `/apis`.
 */
import type { JsonObject } from "@quorate/object";
import type { GroupTable, ResourceTable, SubresourceTable, VersionTable } from "../kind.ts";
import type { SchemaRegistry } from "../schema-registry.ts";

/**
 * `/api` lists the core group only, `/apis` all the others. `others` are APIGroupDiscovery items of groups
 * that are served by somebody else; they come last.
 */
export function aggregatedDiscovery(
  schema: SchemaRegistry,
  path: "/api" | "/apis",
  others: readonly JsonObject[] = [],
): JsonObject {
  const groups = schema.groups().filter((group) => (group.group === "") === (path === "/api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: [...groups.map(groupItem), ...others],
  };
}

function groupItem(group: GroupTable): JsonObject {
  return {
    metadata: group.group === "" ? {} : { name: group.group },
    versions: group.versions.map(versionItem),
  };
}

function versionItem(version: VersionTable): JsonObject {
  return {
    version: version.version,
    resources: version.resources.map(resourceItem),
    freshness: "Current",
  };
}

function resourceItem(resource: ResourceTable): JsonObject {
  const item: JsonObject = {
    resource: resource.resource,
    // Compat: the reference leaves group and version of the response kind empty where they are the resource's own.
    responseKind: { group: "", version: "", kind: resource.kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: [...resource.verbs],
  };
  if (resource.shortNames.length > 0) item.shortNames = [...resource.shortNames];
  if (resource.categories.length > 0) item.categories = [...resource.categories];
  if (resource.subresources.length > 0) {
    item.subresources = resource.subresources.map((subresource) => subresourceItem(resource, subresource));
  }
  return item;
}

function subresourceItem(resource: ResourceTable, subresource: SubresourceTable): JsonObject {
  const isOwn = subresource.group === resource.group && subresource.version === resource.version;
  return {
    subresource: subresource.name,
    responseKind: isOwn
      ? { group: "", version: "", kind: subresource.kind }
      : { group: subresource.group, version: subresource.version, kind: subresource.kind },
    verbs: [...subresource.verbs],
  };
}
