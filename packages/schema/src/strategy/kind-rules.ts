/**
 * What a kind adds to the generic strategy. A kind's file exports one `KindRules`; what it leaves out is generic. All
 * functions are pure; `prepare…` change their first argument in place.
 */
import type { FieldError, KubernetesObject } from "@quorate/object";
import type { NameCheck } from "../validation/metadata.ts";
import type { StrategyContext, SubresourceName } from "./kind-strategy.ts";

export interface KindRules {
  /** RFC 1123 subdomain where it says nothing. */
  readonly checkName?: NameCheck;
  /** Instead of `checkName`, where the rest of an object says what its name may be. */
  checkNameOf?(object: KubernetesObject): NameCheck;
  /** Top-level fields whose change counts up metadata.generation; none: the kind has no generation. */
  readonly generationOf?: readonly string[];
  /** The client's status is kept on create (nodes). */
  readonly keepsStatus?: boolean;
  /** A status write takes labels, annotations, owners and finalizers from the current object. */
  readonly statusResetsMetadata?: boolean;
  /** After the status was reset and the generation set. */
  prepareCreate?(object: KubernetesObject, context: StrategyContext): void;
  /** Before the generation is counted. */
  prepareUpdate?(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): void;
  /** Writes of subresources: status after everything else was taken from `current`, others from scratch. */
  readonly prepareSubresource?: Partial<
    Record<
      Exclude<SubresourceName, "">,
      (next: KubernetesObject, current: KubernetesObject, context: StrategyContext) => void
    >
  >;
  /** Findings beyond the metadata, on create and, unless `validateUpdate` is given, on update. */
  validate?(object: KubernetesObject, context: StrategyContext): FieldError[];
  /** Findings of an update of the object itself, instead of `validate`. */
  validateUpdate?(next: KubernetesObject, current: KubernetesObject, context: StrategyContext): FieldError[];
  /** Findings of a write of a subresource. */
  validateSubresource?(
    next: KubernetesObject,
    current: KubernetesObject,
    context: StrategyContext,
  ): FieldError[];
  warnings?(object: KubernetesObject, current: KubernetesObject | undefined): string[];
  graceSeconds?(object: KubernetesObject, requested: number | undefined): number;
  readonly defaultPropagation?: "Orphan" | "Background";
}
