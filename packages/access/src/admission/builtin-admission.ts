/**
 * The built-in plugins in the reference's fixed order, with the ones that are on by default. Flags turn single plugins
 * on and off by name; their order can't be changed.
 */
import { CodedError } from "@quorate/base";
import type { ObjectStores } from "@quorate/registry";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Admission, AdmissionPlugin } from "./admission.ts";
import { AdmissionChain } from "./admission-chain.ts";
import { NamespaceLifecycle } from "./namespace-lifecycle.ts";
import { ObjectLookup } from "./object-lookup.ts";

export interface BuiltinAdmissionOptions {
  readonly stores: ObjectStores;
  readonly authorizer: Authorizer;
  /** Names from --disable-admission-plugins. */
  readonly disabled?: readonly string[];
}

/** Throws CodedError `UnknownPlugin` for a name that no plugin has. */
export function builtinAdmission(options: BuiltinAdmissionOptions): Admission {
  const objects = new ObjectLookup(options.stores);
  const plugins: AdmissionPlugin[] = [new NamespaceLifecycle(objects)];
  const disabled = new Set(options.disabled);
  for (const name of disabled) {
    if (plugins.some((plugin) => plugin.name === name)) continue;
    const known = plugins.map((plugin) => plugin.name).join(", ");
    throw new CodedError("UnknownPlugin", `no admission plugin is called "${name}"; there are ${known}`);
  }
  return new AdmissionChain(plugins.filter((plugin) => !disabled.has(plugin.name)));
}
