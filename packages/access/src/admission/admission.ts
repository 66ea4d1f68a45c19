/**
 * The Admission port: what may still change or refuse a write after it has been authorized and decoded.
 * Mutating plugins run first, in the reference's fixed order; validating ones see what is about to be stored.
 *
 * Which plugins look at a kind of request is worked out once for each (operation, resource, subresource), so
 * that a request meets only plugins which concern it.
 */
import type { GroupVersionKind, KubernetesObject } from "@quorate/object";
import type { ResourceTable } from "@quorate/schema";
import type { UserInfo } from "../authentication/user-info.ts";

/** What a write does, as admission names it. */
export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What a plugin looks at to tell whether it is concerned: constant for a route. */
export interface AdmissionTarget {
  readonly operation: Operation;
  readonly resource: ResourceTable;
  /** "" for the object itself. */
  readonly subresource: string;
}

/** One write, before it is stored. */
export interface AdmissionRequest extends AdmissionTarget {
  /** Kind of the body in the version of the request. */
  readonly kind: GroupVersionKind;
  readonly namespace: string;
  /** "" for a create with generateName. */
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The object in its storage version; absent for DELETE. Mutating plugins change it in place. */
  readonly object: KubernetesObject | undefined;
  /** Absent for CREATE. */
  readonly oldObject: KubernetesObject | undefined;
  /** Adds a text to the Warning headers of the answer. */
  warn(text: string): void;
}

/** One rule; stateless but for what it caches. */
export interface AdmissionPlugin {
  /** The name in --enable-admission-plugins. */
  readonly name: string;
  concerns(target: AdmissionTarget): boolean;
  /** Throws a StatusError to refuse. */
  mutate?(request: AdmissionRequest): void | Promise<void>;
  /** Throws a StatusError to refuse; must not change anything. */
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** Every plugin that is on, as one. */
export interface Admission {
  /** Runs the mutating plugins; undefined where all of them are done already. */
  mutate(request: AdmissionRequest): void | Promise<void>;
  validate(request: AdmissionRequest): void | Promise<void>;
  /** Whether any mutating plugin looks at such requests: callers skip the preparation where none does. */
  mutates(target: AdmissionTarget): boolean;
  /** Whether any validating plugin looks at such requests: callers skip the preparation where none does. */
  validates(target: AdmissionTarget): boolean;
}
