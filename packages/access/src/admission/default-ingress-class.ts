/**
 * DefaultIngressClass: an ingress that names no class, in its spec or in the old annotation, gets the default
 * one.
 */
import { hasField } from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { newestDefault } from "./newest-default.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { isObjectOf } from "./target.ts";

const GROUP = "networking.k8s.io";
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const DEFAULT_ANNOTATIONS = ["ingressclass.kubernetes.io/is-default-class"];

/** Fills in the class of new ingresses. */
export class DefaultIngressClass implements AdmissionPlugin {
  readonly name = "DefaultIngressClass";
  readonly #objects: ObjectLookup;

  constructor(objects: ObjectLookup) {
    this.#objects = objects;
  }

  concerns(target: AdmissionTarget): boolean {
    return target.operation === "CREATE" && isObjectOf(target, GROUP, "ingresses");
  }

  async mutate({ object }: AdmissionRequest): Promise<void> {
    const ingress = object!;
    if (hasField(ingress.spec, "ingressClassName")) return;
    if (ingress.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const classes = await this.#objects.list(GROUP, "ingressclasses");
    const chosen = newestDefault(classes, DEFAULT_ANNOTATIONS);
    if (chosen === undefined) return;
    ingress.spec ??= {};
    ingress.spec.ingressClassName = chosen.metadata.name;
  }
}
