/**
 * One text that names an object over all resources: `apps/deployments|default|web`, `/namespaces||default`.
 */
import type { ResourceTable } from "@quorate/schema";

/** The parts of a key. */
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

/** The key of an object; names hold no `|`. */
export function objectKeyOf(resourceKey: string, namespace: string, name: string): string {
  return `${resourceKey}|${namespace}|${name}`;
}

/** The parts of what objectKeyOf made. */
export function parseObjectKey(key: string): ObjectName {
  const [resourceKey = "", namespace = "", name = ""] = key.split("|");
  const slash = resourceKey.indexOf("/");
  return { group: resourceKey.slice(0, slash), resource: resourceKey.slice(slash + 1), namespace, name };
}
