/**
 * How the stored objects of one resource are written in the version of the request. Made once for each
 * resource table; what it makes of an object revision is kept with the object (`StoredObject.encoded`) and
 * shared by get, list and watch.
 *
 * Bytes of the storage version are served as they are. JSON of every version begins with the same head for
 * all objects of the resource, which list items leave out as the reference's do:
 *
 *   {"kind":"Pod","apiVersion":"v1","metadata":{...},"spec":...}   ->   {"metadata":{...},"spec":...}
 */
import { type GroupVersionKind, goJson, type JsonObject, type KubernetesObject } from "@quorate/object";
import type { StoredObject } from "@quorate/registry";
import {
  apiVersionOf,
  convert,
  encodeMessage,
  hasProtobuf,
  type ResourceTable,
  type SchemaRegistry,
  type TypeTable,
} from "@quorate/schema";

const QUOTE = 0x22;
const OPEN = Buffer.from("{");

/** Immutable; shared by all requests for the resource in this version. */
export class ResourceCodec {
  readonly resource: ResourceTable;
  readonly listKind: GroupVersionKind;
  readonly apiVersion: string;
  /** Custom resources and a few others have no protobuf form. */
  readonly hasProtobuf: boolean;
  readonly #schema: SchemaRegistry;
  readonly #type: TypeTable;
  readonly #isStorage: boolean;
  readonly #headLength: number;
  readonly #jsonForm: string;
  readonly #messageForm: string;
  readonly #partialForm: string;

  constructor(schema: SchemaRegistry, resource: ResourceTable) {
    const { group, version, kind, storage } = resource;
    this.resource = resource;
    this.listKind = { group, version, kind: `${kind}List` };
    this.apiVersion = apiVersionOf(group, version);
    this.hasProtobuf = hasProtobuf(schema, resource);
    this.#schema = schema;
    this.#type = schema.typeOf(resource);
    this.#isStorage = storage.group === group && storage.version === version;
    this.#headLength = Buffer.byteLength(`{"kind":"${kind}","apiVersion":"${this.apiVersion}",`);
    this.#jsonForm = `json ${this.apiVersion}`;
    this.#messageForm = `protobuf ${this.apiVersion}`;
    this.#partialForm = "protobuf partial";
  }

  /** Compact JSON without a newline, in the version of the resource. Shared: must not be changed. */
  json(stored: StoredObject): Buffer {
    return this.#isStorage ? stored.json : stored.encoded(this.#jsonForm, this.#encodeJson);
  }

  /** The object decoded in the version of the resource; a fresh copy. */
  decode(stored: StoredObject): KubernetesObject {
    return this.versioned(stored.decode());
  }

  /** A stored object (decoded) in the version of the resource. */
  versioned(object: KubernetesObject): KubernetesObject {
    if (this.#isStorage) return object;
    return convert(
      this.#schema,
      object as unknown as JsonObject,
      this.resource,
    ) as unknown as KubernetesObject;
  }

  /** Where the part of `json` begins that a list item consists of, after its opening brace. */
  itemOffset(json: Buffer): number {
    const at = this.#headLength;
    // Foreign bytes may have another head: such an item is sent whole.
    return json[at] === QUOTE && json[at + 1] === 0x6d && json[at + 9] === QUOTE ? at : OPEN.length;
  }

  /** The protobuf message without its envelope. Shared: must not be changed. */
  message(stored: StoredObject): Buffer {
    return stored.encoded(this.#messageForm, this.#encodeMessage);
  }

  /** The message of a PartialObjectMetadata without its envelope. Shared: must not be changed. */
  partialMessage(stored: StoredObject): Buffer {
    return stored.encoded(this.#partialForm, this.#encodePartial);
  }

  readonly #encodeJson = (object: KubernetesObject): Buffer => Buffer.from(goJson(this.versioned(object)));

  readonly #encodeMessage = (object: KubernetesObject): Buffer =>
    encodeMessage(this.#type, this.versioned(object) as unknown as JsonObject, this.#resolve);

  readonly #encodePartial = (object: KubernetesObject): Buffer =>
    encodeMessage(
      this.#schema.typeOf(PARTIAL),
      { metadata: object.metadata as unknown as JsonObject },
      this.#resolve,
    );

  readonly #resolve = (ref: string): TypeTable => this.#schema.resolve(ref);
}

/** The kind of which PartialObjectMetadata answers are. */
export const PARTIAL: GroupVersionKind = {
  group: "meta.k8s.io",
  version: "v1",
  kind: "PartialObjectMetadata",
};

/** The JSON of a PartialObjectMetadata. */
export function partialJson(object: KubernetesObject, metaVersion: string): string {
  const kind = `"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${metaVersion || "v1"}"`;
  return `{${kind},"metadata":${goJson(object.metadata)}}`;
}
