/** An object that is made for an answer and stored nowhere, in the shape of a stored one. */
import { goJson, type KubernetesObject } from "@quorate/object";
import type { StoredObject } from "@quorate/registry";

/** Encodes anew on each call: nobody shares it. */
export class TransientObject implements StoredObject {
  readonly namespace = "";
  readonly name: string;
  readonly revision = 0;
  readonly json: Buffer;

  constructor(object: KubernetesObject) {
    this.name = object.metadata.name ?? "";
    this.json = Buffer.from(goJson(object));
  }

  decode(): KubernetesObject {
    return JSON.parse(this.json.toString("utf8")) as KubernetesObject;
  }

  encoded(_form: string, encode: (object: KubernetesObject) => Buffer): Buffer {
    return encode(this.decode());
  }
}
