/**
 * The resources whose objects are stored, each once: what a loop over "everything" means, custom ones
 * included.
 */
import type { ResourceTable, SchemaRegistry, Verb } from "@quorate/schema";

/** Resources with all of `verbs`; of several versions and groups that share their objects, the first. */
export function storedResources(schema: SchemaRegistry, verbs: readonly Verb[]): ResourceTable[] {
  const seen = new Set<string>();
  const resources: ResourceTable[] = [];
  for (const resource of schema.resources()) {
    if (seen.has(resource.keyPrefix) || !verbs.every((verb) => resource.verbs.includes(verb))) continue;
    seen.add(resource.keyPrefix);
    resources.push(resource);
  }
  return resources;
}
