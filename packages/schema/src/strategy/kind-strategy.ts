/**
 * What a kind does beyond its tables, as pure functions on decoded objects in their storage-independent form. The
 * generic store (package registry) calls them in this order, the reference's order:
 *   create: prepareForCreate -> validateCreate;  update: prepareForUpdate -> validateUpdate.
 * A kind without a strategy file of its own gets the generic one (status reset where it has a status subresource,
 * generation counted where it has a spec, metadata validated).
 */
import type { FieldError, KubernetesObject } from "@quorate/object";

/** Which part of the object a write goes to: "" is the object itself. */
export type SubresourceName =
  | ""
  | "status"
  | "scale"
  | "finalize"
  | "approval"
  | "binding"
  | "resize"
  | "ephemeralcontainers";

export interface StrategyContext {
  readonly namespace: string;
  readonly subresource: SubresourceName;
  /** RFC 3339, whole seconds: the time of the request. */
  readonly now: string;
  readonly userName: string;
  readonly userGroups: readonly string[];
  readonly dryRun: boolean;
}

export interface KindStrategy {
  /**
   * Resets what the client may not set; changes `object` in place. The store has filled metadata.name, namespace, uid
   * and creationTimestamp before (a job's selector is made of its uid).
   */
  prepareForCreate(object: KubernetesObject, context: StrategyContext): void;
  /** `next` is changed in place: parts that belong to another subresource are taken from `current`, generation counted. */
  prepareForUpdate(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): void;
  validateCreate(object: KubernetesObject, context: StrategyContext): FieldError[];
  validateUpdate(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): FieldError[];
  /** Texts for the Warning header. */
  warnings?(object: KubernetesObject, current: KubernetesObject | undefined): string[];
  /**
   * Kinds with graceful deletion (pods): the grace period in seconds that this deletion gets, 0 for "at once".
   * `requested` is the client's wish. Kinds without it are deleted at once (unless finalizers hold them).
   */
  graceSeconds?(object: KubernetesObject, requested: number | undefined): number;
  /** The propagation policy when the client names none (default "Background"). */
  readonly defaultPropagation?: "Orphan" | "Background";
}
