/**
 * DefaultStorageClass: a claim that names no class gets the default one. An empty name is a wish for none.
 */
import { hasField } from "@quorate/object";
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";
import { newestDefault } from "./newest-default.ts";
import type { ObjectLookup } from "./object-lookup.ts";
import { isObjectOf } from "./target.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

/** Fills in the class of new claims. */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly name = "DefaultStorageClass";
  readonly #objects: ObjectLookup;

  constructor(objects: ObjectLookup) {
    this.#objects = objects;
  }

  concerns(target: AdmissionTarget): boolean {
    return target.operation === "CREATE" && isObjectOf(target, "", "persistentvolumeclaims");
  }

  async mutate({ object }: AdmissionRequest): Promise<void> {
    const claim = object!;
    if (claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    if (hasField(claim.spec, "storageClassName")) return;
    const classes = await this.#objects.list("storage.k8s.io", "storageclasses");
    const chosen = newestDefault(classes, DEFAULT_ANNOTATIONS);
    if (chosen === undefined) return;
    claim.spec ??= {};
    claim.spec.storageClassName = chosen.metadata.name;
  }
}
