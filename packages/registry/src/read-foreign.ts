/**
 * Values that somebody else has stored (an imported kube-apiserver's protobuf, JSON with its fields in
 * another order or of another version) as bytes of our own form. As in the reference, what they leave out is
 * filled in when they are read.
 */
import type { JsonObject, KubernetesObject } from "@quorate/object";
import {
  apiVersionOf,
  applyDefaults,
  convert,
  decodeProtobuf,
  isProtobuf,
  nameClaimTemplates,
  type ResourceTable,
  type SchemaRegistry,
} from "@quorate/schema";
import type { ForeignReader } from "./cache/cached-object.ts";
import { encodeStored } from "./cache/stored-bytes.ts";
import { crdFromV1beta1 } from "./kinds/crd-from-v1beta1.ts";

/** Reads foreign values of one resource; `head` is how values of our own begin. */
export function foreignReader(schema: SchemaRegistry, resource: ResourceTable): ForeignReader {
  const gvk = { ...resource.storage, kind: resource.kind };
  const apiVersion = apiVersionOf(gvk.group, gvk.version);
  const isCustom = schema.isCustomGroup(resource.group);
  const decode = (value: Uint8Array): KubernetesObject => {
    if (isProtobuf(value)) return decodeProtobuf(schema, value, gvk) as unknown as KubernetesObject;
    const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString("utf8");
    const object = JSON.parse(text) as KubernetesObject;
    object.kind ??= resource.kind;
    object.apiVersion ??= apiVersion;
    object.metadata ??= {};
    return object;
  };
  const read = (value: Uint8Array): Buffer => {
    const object = crdFromV1beta1(decode(value));
    if (isCustom) return encodeStored(object);
    const own = convert(schema, object as unknown as JsonObject, resource.storage);
    const now = object.metadata.creationTimestamp ?? "";
    applyDefaults(schema.typeOf(gvk), own, (ref) => schema.resolve(ref), { now });
    nameClaimTemplates(own as unknown as KubernetesObject);
    return encodeStored(own as unknown as KubernetesObject);
  };
  if (isCustom) return read;
  // Versions of built-in kinds differ in more than their name.
  return Object.assign(read, {
    head: Buffer.from(`{"kind":"${resource.kind}","apiVersion":"${apiVersion}",`),
  });
}
