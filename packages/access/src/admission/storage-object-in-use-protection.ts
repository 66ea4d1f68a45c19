/** StorageObjectInUseProtection: volumes and claims get the finalizer that keeps them while they are used. */
import type { AdmissionPlugin, AdmissionRequest, AdmissionTarget } from "./admission.ts";

/** By `<group>/<resource>`. */
const FINALIZERS: Readonly<Record<string, string>> = {
  "/persistentvolumes": "kubernetes.io/pv-protection",
  "/persistentvolumeclaims": "kubernetes.io/pvc-protection",
  "storage.k8s.io/volumeattributesclasses": "kubernetes.io/vac-protection",
};

/** Adds a finalizer to new storage objects. */
export class StorageObjectInUseProtection implements AdmissionPlugin {
  readonly name = "StorageObjectInUseProtection";

  concerns({ operation, resource, subresource }: AdmissionTarget): boolean {
    const isKept = FINALIZERS[`${resource.group}/${resource.resource}`] !== undefined;
    return isKept && operation === "CREATE" && subresource === "";
  }

  mutate({ object, resource }: AdmissionRequest): void {
    const finalizer = FINALIZERS[`${resource.group}/${resource.resource}`]!;
    const { metadata } = object!;
    if (metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  }
}
