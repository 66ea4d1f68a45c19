/** The kinds whose writes touch more than the object itself, by `group/Kind`. */
import type { ResourceTable } from "@quorate/schema";
import type { KindHooks } from "../verbs/write-environment.ts";
import { namespaceHooks } from "./namespace-hooks.ts";

const NO_HOOKS: KindHooks = {};

/** `service` is made for each server: it looks at other resources. */
export function kindHooks(resource: ResourceTable, service: KindHooks): KindHooks {
  if (resource.group !== "") return NO_HOOKS;
  if (resource.kind === "Namespace") return namespaceHooks;
  return resource.kind === "Service" ? service : NO_HOOKS;
}
