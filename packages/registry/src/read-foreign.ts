/**
 * Values that somebody else has stored (an imported kube-apiserver's protobuf, JSON with its fields in another order)
 * as bytes of our own form.
 */
import type { KubernetesObject } from "@quorate/object";
import {
  apiVersionOf,
  decodeProtobuf,
  isProtobuf,
  type ResourceTable,
  type SchemaRegistry,
} from "@quorate/schema";
import type { ForeignReader } from "./cache/cached-object.ts";
import { encodeStored } from "./cache/stored-bytes.ts";

export function foreignReader(schema: SchemaRegistry, resource: ResourceTable): ForeignReader {
  const gvk = { ...resource.storage, kind: resource.kind };
  return (value) => {
    if (isProtobuf(value)) {
      return encodeStored(decodeProtobuf(schema, value, gvk) as unknown as KubernetesObject);
    }
    const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString("utf8");
    const object = JSON.parse(text) as KubernetesObject;
    object.kind ??= resource.kind;
    object.apiVersion ??= apiVersionOf(gvk.group, gvk.version);
    object.metadata ??= {};
    return encodeStored(object);
  };
}
