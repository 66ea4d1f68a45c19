/**
 * The strategy of a resource: the generic rules, with the kind's own where it has a file (`rules-by-kind.ts`). Custom
 * resources get the generic ones with `customRules`.
 */
import type { FieldError, KubernetesObject, ObjectMeta } from "@quorate/object";
import { jsonEqual } from "@quorate/object";
import type { ResourceTable } from "../kind.ts";
import {
  pathSegmentName,
  subdomainName,
  validateFinalizerNames,
  validateMetadata,
  validateMetadataUpdate,
} from "../validation/metadata.ts";
import type { KindRules } from "./kind-rules.ts";
import type { KindStrategy, StrategyContext } from "./kind-strategy.ts";
import { rulesByKind } from "./rules-by-kind.ts";
import { zeroStatus } from "./zero-status.ts";

const NO_RULES: KindRules = {};

/** The strategy of a built-in resource; `rules` are the kind's own unless the caller brings others. */
export function strategyFor(
  resource: ResourceTable,
  rules: KindRules = rulesByKind.get(`${resource.group}/${resource.kind}`) ?? NO_RULES,
): KindStrategy {
  return new RuleStrategy(resource, rules);
}

/** Custom resources: the status subresource is reset where it is on, everything but metadata and status counts. */
export const customRules: KindRules = { generationOf: ["*"], statusResetsMetadata: true };

const EXTENSION_GROUPS: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
]);

/** The parts of the metadata that a status write may not change. */
const STATUS_RESETS = [
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
  "deletionTimestamp",
] as const;

class RuleStrategy implements KindStrategy {
  readonly #resource: ResourceTable;
  readonly #rules: KindRules;
  /** Extension groups and custom resources don't ask finalizers for a domain. */
  readonly #takesAnyFinalizer: boolean;
  readonly graceSeconds?: KindStrategy["graceSeconds"];
  readonly warnings?: KindStrategy["warnings"];
  readonly defaultPropagation?: "Orphan" | "Background";

  constructor(resource: ResourceTable, rules: KindRules) {
    this.#resource = resource;
    this.#rules = rules;
    this.#takesAnyFinalizer = rules === customRules || EXTENSION_GROUPS.has(resource.group);
    if (rules.graceSeconds) this.graceSeconds = rules.graceSeconds;
    if (rules.warnings) this.warnings = rules.warnings;
    if (rules.defaultPropagation) this.defaultPropagation = rules.defaultPropagation;
  }

  prepareForCreate(object: KubernetesObject, context: StrategyContext): void {
    const { generationOf, keepsStatus, prepareCreate } = this.#rules;
    if (this.#resource.hasStatus && !keepsStatus) this.#resetStatus(object);
    if (generationOf) object.metadata.generation = 1;
    prepareCreate?.(object, context);
  }

  /** Custom resources start without a status, built-in kinds with their zero one. */
  #resetStatus(object: KubernetesObject): void {
    if (this.#rules === customRules) delete object.status;
    else object.status = zeroStatus(this.#resource.group, this.#resource.kind);
  }

  prepareForUpdate(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): void {
    setOrDelete(next.metadata, "generation", current.metadata.generation);
    const { subresource } = context;
    if (subresource === "" || subresource === "scale") this.#prepareMain(next, current, context);
    else if (subresource === "status") this.#prepareStatus(next, current, context);
    else this.#rules.prepareSubresource?.[subresource]?.(next, current, context);
    keepSystemMetadata(next.metadata, current.metadata);
  }

  #prepareMain(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): void {
    const { generationOf, prepareUpdate } = this.#rules;
    if (this.#resource.hasStatus) setOrDelete(next, "status", current.status);
    prepareUpdate?.(next, current, context);
    if (generationOf && generationOf.length > 0 && changed(next, current, generationOf)) {
      next.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
  }

  #prepareStatus(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): void {
    for (const key of new Set([...Object.keys(next), ...Object.keys(current)])) {
      if (key === "metadata" || key === "status" || key === "kind" || key === "apiVersion") continue;
      setOrDelete(next, key, current[key]);
    }
    if (this.#rules.statusResetsMetadata) {
      for (const key of STATUS_RESETS) setOrDelete(next.metadata, key, current.metadata[key]);
    }
    this.#rules.prepareSubresource?.status?.(next, current, context);
  }

  validateCreate(object: KubernetesObject, context: StrategyContext): FieldError[] {
    const { checkNameOf, checkName = subdomainName, validate } = this.#rules;
    const check = checkNameOf?.(object) ?? checkName;
    const errors = validateMetadata(object.metadata, this.#resource.namespaced, check);
    if (!this.#takesAnyFinalizer) {
      errors.push(...validateFinalizerNames(object.metadata.finalizers, "metadata.finalizers"));
    }
    return validate ? errors.concat(validate(object, context)) : errors;
  }

  validateUpdate(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): FieldError[] {
    const { validate, validateUpdate, validateSubresource } = this.#rules;
    const errors = dedupe([
      ...validateMetadata(next.metadata, this.#resource.namespaced, pathSegmentName),
      ...validateMetadataUpdate(next.metadata, current.metadata),
    ]);
    if (context.subresource !== "" && context.subresource !== "scale") {
      return validateSubresource ? errors.concat(validateSubresource(next, current, context)) : errors;
    }
    if (validateUpdate) return errors.concat(validateUpdate(next, current, context));
    return validate ? errors.concat(validate(next, context)) : errors;
  }
}

/** The same finding of two passes is said once. */
function dedupe(errors: FieldError[]): FieldError[] {
  if (errors.length < 2) return errors;
  return errors.filter(
    (error, index) =>
      errors.findIndex(
        (other) =>
          other.type === error.type &&
          other.field === error.field &&
          other.detail === error.detail &&
          jsonEqual(other.value, error.value),
      ) === index,
  );
}

function changed(next: KubernetesObject, current: KubernetesObject, fields: readonly string[]): boolean {
  if (fields[0] !== "*") return fields.some((key) => !jsonEqual(next[key], current[key]));
  for (const key of new Set([...Object.keys(next), ...Object.keys(current)])) {
    if (key === "metadata" || key === "status" || key === "kind" || key === "apiVersion") continue;
    if (!jsonEqual(next[key], current[key])) return true;
  }
  return false;
}

/** What the server has set stays, whatever the client sends (an own uid that differs is refused later). */
function keepSystemMetadata(next: ObjectMeta, current: ObjectMeta): void {
  if (!next.uid && current.uid) next.uid = current.uid;
  if (current.creationTimestamp) next.creationTimestamp = current.creationTimestamp;
  if (current.deletionTimestamp) next.deletionTimestamp = current.deletionTimestamp;
  else delete next.deletionTimestamp;
  if (current.deletionGracePeriodSeconds !== undefined) {
    next.deletionGracePeriodSeconds ??= current.deletionGracePeriodSeconds;
  }
}

function setOrDelete<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}
