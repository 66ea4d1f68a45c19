/**
 * The objects that kube-apiserver makes of itself, as data: read from the file when they are needed, then
 * forgotten.
 */
import { readFile } from "node:fs/promises";
import type { KubernetesObject } from "@quorate/object";
import { parseApiVersion, type ResourceTable, type SchemaRegistry } from "@quorate/schema";

/** An object and the resource that it belongs to. */
export interface BootstrapObject {
  readonly resource: ResourceTable;
  readonly object: KubernetesObject;
}

const FILE = new URL("../generated/bootstrap-objects.json", import.meta.url);

/** Whether an APIService stands for something that is served; true for every other kind. */
function isServed(schema: SchemaRegistry, object: KubernetesObject): boolean {
  if (object.kind !== "APIService") return true;
  const { group = "", version = "" } = object.spec as { group?: string; version?: string };
  return schema.findGroup(group)?.versions.some((one) => one.version === version) ?? false;
}

/** All of them whose kinds are served. */
export async function readBootstrapObjects(schema: SchemaRegistry): Promise<readonly BootstrapObject[]> {
  const objects = JSON.parse(await readFile(FILE, "utf8")) as KubernetesObject[];
  return objects.flatMap((object) => {
    const { group, version } = parseApiVersion(object.apiVersion)!;
    const resource = schema.findResourceOfKind(group, version, object.kind);
    return resource && isServed(schema, object) ? [{ resource, object }] : [];
  });
}
