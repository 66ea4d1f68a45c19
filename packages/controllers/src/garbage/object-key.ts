/** One text that names an object over all resources: `apps/deployments|default|web`, `/namespaces||default`. */
import type { ResourceTable } from "@quorate/schema";

export interface ObjectName {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The first part of its objects' keys. */
export function resourceKeyOf({ group, resource }: Pick<ResourceTable, "group" | "resource">): string {
  return `${group}/${resource}`;
}

export function objectKeyOf(resourceKey: string, namespace: string, name: string): string {
  return `${resourceKey}|${namespace}|${name}`;
}

export function parseObjectKey(key: string): ObjectName {
  const [resourceKey = "", namespace = "", name = ""] = key.split("|");
  const slash = resourceKey.indexOf("/");
  return { group: resourceKey.slice(0, slash), resource: resourceKey.slice(slash + 1), namespace, name };
}
