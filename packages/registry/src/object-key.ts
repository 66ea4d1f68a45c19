/** Where an object lies: its key relative to its resource's prefix, `name` or `namespace/name`. */
import { badRequest, checkPathSegment, goQuote } from "@quorate/object";
import type { ResourceTable } from "@quorate/schema";

/**
 * Throws a 400 where a name can't be a part of a key. Safety: no name may lead out of the resource's prefix.
 */
export function objectKey(resource: ResourceTable, namespace: string, name: string): string {
  if (name === "") throw badRequest("Name parameter required.");
  requireSegment(name, "Name");
  if (!resource.namespaced) return name;
  if (namespace === "") throw badRequest("Namespace parameter required.");
  requireSegment(namespace, "Namespace");
  return `${namespace}/${name}`;
}

function requireSegment(text: string, what: string): void {
  const wrong = checkPathSegment(text);
  if (wrong.length === 0) return;
  throw badRequest(`${what} parameter invalid: ${goQuote(text)}: ${wrong.join(";")}`);
}
