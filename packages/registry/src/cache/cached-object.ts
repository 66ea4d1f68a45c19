/**
 * One object revision in the cache: its served bytes and nothing decoded but the few values that selectors
 * asked for. Everything is made on first use and then shared by get, list and watch.
 */
import type { KubernetesObject } from "@quorate/object";
import type { StoredObject } from "../resource-store.ts";
import { metadataOffset, spliceVersion } from "./stored-bytes.ts";

/**
 * Makes JSON bytes of our own form from what somebody else has stored (protobuf, other field order); may
 * throw.
 */
export interface ForeignReader {
  (value: Uint8Array): Buffer;
  /** How values of our own begin; absent: as any object. */
  readonly head?: Buffer;
}

type Labels = Readonly<Record<string, string>> | undefined;

/** A revision of an object, immutable to all who share it. */
export class CachedObject implements StoredObject {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  /** Stored bytes until they are served for the first time, served ones from then on. */
  #bytes: Buffer;
  #isServed: boolean;
  readonly #readForeign: ForeignReader;
  #labels: Labels | null = null;
  #fields: Map<string, string> | undefined;
  #encodings: Map<string, Buffer> | undefined;

  constructor(namespace: string, name: string, revision: number, stored: Buffer, readForeign: ForeignReader) {
    this.namespace = namespace;
    this.name = name;
    this.revision = revision;
    this.#bytes = stored;
    // Revision 0: a dry run, which shows no resourceVersion.
    this.#isServed = revision === 0;
    this.#readForeign = readForeign;
  }

  get key(): string {
    return this.namespace === "" ? this.name : `${this.namespace}/${this.name}`;
  }

  get json(): Buffer {
    if (!this.#isServed) {
      let stored = this.#bytes;
      let offset = metadataOffset(stored, this.#readForeign.head);
      if (offset < 0) {
        stored = this.#readForeign(stored);
        offset = metadataOffset(stored);
      }
      this.#bytes = spliceVersion(stored, offset, this.revision);
      this.#isServed = true;
    }
    return this.#bytes;
  }

  decode(): KubernetesObject {
    return JSON.parse(this.json.toString("utf8")) as KubernetesObject;
  }

  /** The object's labels, parsed once. */
  get labels(): Labels {
    if (this.#labels === null) this.#labels = this.decode().metadata.labels;
    return this.#labels;
  }

  /** The value of a selectable field, read once by `read`. */
  field(name: string, read: (object: KubernetesObject, field: string) => string): string {
    if (name === "metadata.name") return this.name;
    if (name === "metadata.namespace") return this.namespace;
    const known = this.#fields?.get(name);
    if (known !== undefined) return known;
    const value = read(this.decode(), name);
    this.#fields ??= new Map();
    this.#fields.set(name, value);
    return value;
  }

  encoded(form: string, encode: (object: KubernetesObject) => Buffer): Buffer {
    let bytes = this.#encodings?.get(form);
    if (!bytes) {
      bytes = encode(this.decode());
      this.#encodings ??= new Map();
      this.#encodings.set(form, bytes);
    }
    return bytes;
  }

  /** The same content as of another revision: what a DELETED event shows. */
  atRevision(revision: number): CachedObject {
    if (!this.#isServed)
      return new CachedObject(this.namespace, this.name, revision, this.#bytes, this.#readForeign);
    const stored = withoutVersion(this.#bytes, this.revision);
    return new CachedObject(this.namespace, this.name, revision, stored, this.#readForeign);
  }

  get bytes(): number {
    return this.#bytes.length;
  }
}

/** Undoes spliceVersion. */
function withoutVersion(served: Buffer, revision: number): Buffer {
  const offset = metadataOffset(served);
  const length = `"resourceVersion":"${revision}"`.length;
  const end = offset + length + (served[offset + length] === 0x2c ? 1 : 0);
  return Buffer.concat([served.subarray(0, offset), served.subarray(end)]);
}
