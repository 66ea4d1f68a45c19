/**
 * The built-in plugins in the reference's fixed order, with the ones that are on by default. Flags turn
 * single plugins on and off by name; their order can't be changed.
 */
import { type Clock, CodedError, type Random, SystemClock, systemRandom } from "@quorate/base";
import type { ObjectStores } from "@quorate/registry";
import type { SchemaRegistry } from "@quorate/schema";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Admission, AdmissionPlugin } from "./admission.ts";
import { AdmissionChain } from "./admission-chain.ts";
import { CertificateApproval } from "./certificate-approval.ts";
import { CertificateSigning } from "./certificate-signing.ts";
import { CertificateSubjectRestriction } from "./certificate-subject-restriction.ts";
import { DefaultIngressClass } from "./default-ingress-class.ts";
import { DefaultStorageClass } from "./default-storage-class.ts";
import { DefaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { LimitRanger } from "./limit-ranger.ts";
import { NamespaceLifecycle } from "./namespace-lifecycle.ts";
import { ObjectLookup } from "./object-lookup.ts";
import { OwnerReferencesPermissionEnforcement } from "./owner-references-permission-enforcement.ts";
import { Priority } from "./priority.ts";
import { ResourceQuota } from "./resource-quota.ts";
import { RuntimeClass } from "./runtime-class.ts";
import { ServiceAccount } from "./service-account.ts";
import { StorageObjectInUseProtection } from "./storage-object-in-use-protection.ts";
import { TaintNodesByCondition } from "./taint-nodes-by-condition.ts";

/** What the plugins work with, and which of them are on. */
export interface BuiltinAdmissionOptions {
  readonly stores: ObjectStores;
  readonly authorizer: Authorizer;
  /** For the plugin that looks owners up by kind; without it that plugin can't be turned on. */
  readonly schema?: SchemaRegistry;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Names from --enable-admission-plugins: these are on beside the default ones. */
  readonly enabled?: readonly string[];
  /** Names from --disable-admission-plugins. */
  readonly disabled?: readonly string[];
}

const OFF_BY_DEFAULT: ReadonlySet<string> = new Set(["OwnerReferencesPermissionEnforcement"]);

/** Throws CodedError `UnknownPlugin` for a name that no plugin has. */
export function builtinAdmission(options: BuiltinAdmissionOptions): Admission {
  const plugins = allPlugins(options);
  const enabled = new Set(options.enabled);
  const disabled = new Set(options.disabled);
  for (const name of [...enabled, ...disabled]) {
    if (plugins.some((plugin) => plugin.name === name)) continue;
    const known = plugins.map((plugin) => plugin.name).join(", ");
    throw new CodedError("UnknownPlugin", `no admission plugin is called "${name}"; there are ${known}`);
  }
  const isOn = ({ name }: AdmissionPlugin) => {
    return (enabled.has(name) || !OFF_BY_DEFAULT.has(name)) && !disabled.has(name);
  };
  return new AdmissionChain(plugins.filter(isOn));
}

/** In the order in which they run. */
function allPlugins(options: BuiltinAdmissionOptions): AdmissionPlugin[] {
  const { stores, authorizer, schema, clock = new SystemClock(), random = systemRandom() } = options;
  const objects = new ObjectLookup(stores);
  return [
    new NamespaceLifecycle(objects),
    new LimitRanger(objects),
    new ServiceAccount(objects, clock, random),
    new TaintNodesByCondition(),
    new Priority(objects),
    new DefaultTolerationSeconds(),
    new DefaultStorageClass(objects),
    new StorageObjectInUseProtection(),
    ...(schema === undefined ? [] : [new OwnerReferencesPermissionEnforcement(authorizer, schema)]),
    new RuntimeClass(objects),
    new CertificateApproval(authorizer),
    new CertificateSigning(authorizer),
    new CertificateSubjectRestriction(),
    new DefaultIngressClass(objects),
    new ResourceQuota(stores, clock),
  ];
}
