/** The kinds whose writes touch more than the object itself, by `group/Kind`. */
import type { ResourceTable } from "@quorate/schema";
import type { KindHooks } from "../verbs/write-environment.ts";
import { namespaceHooks } from "./namespace-hooks.ts";

const NO_HOOKS: KindHooks = {};

const HOOKS: Readonly<Record<string, KindHooks>> = {
  "/Namespace": namespaceHooks,
};

export function kindHooks(resource: ResourceTable): KindHooks {
  return HOOKS[`${resource.group}/${resource.kind}`] ?? NO_HOOKS;
}
