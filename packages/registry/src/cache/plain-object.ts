/** An object that is in no cache: the Status of an ERROR event, the little that a BOOKMARK shows. */
import type { KubernetesObject } from "@quorate/object";
import type { StoredObject } from "../resource-store.ts";

/** An object that was made for one event and is in no cache. */
export function plainObject(object: KubernetesObject, revision = 0): StoredObject {
  const encodings = new Map<string, Buffer>();
  return {
    namespace: "",
    name: "",
    revision,
    json: Buffer.from(JSON.stringify(object)),
    decode: () => structuredClone(object),
    encoded(form, encode) {
      let bytes = encodings.get(form);
      if (!bytes) {
        bytes = encode(structuredClone(object));
        encodings.set(form, bytes);
      }
      return bytes;
    },
  };
}
