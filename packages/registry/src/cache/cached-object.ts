/**
 * One object revision in the cache: its served bytes and nothing decoded but the few values that selectors
 * asked for. Everything is made on first use and then shared by get, list and watch.
 */
import { BytePool, messageOf } from "@quorate/base";
import { internalError, type KubernetesObject } from "@quorate/object";
import type { StoredObject } from "../resource-store.ts";
import { readLabels } from "./read-labels.ts";
import { metadataOffset, replaceVersion, spliceVersion } from "./stored-bytes.ts";

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
  /** As served; where `#foreign` is set, as somebody else has stored them. */
  #bytes: Buffer;
  #foreign: ForeignReader | undefined;
  #labels: Labels | null = null;
  #fields: Map<string, string> | undefined;
  #encodings: Map<string, Buffer> | undefined;

  constructor(namespace: string, name: string, revision: number, bytes: Buffer, foreign?: ForeignReader) {
    this.namespace = namespace;
    this.name = name;
    this.revision = revision;
    this.#bytes = bytes;
    this.#foreign = foreign;
  }

  /** The object of a stored value, which is copied: it may be a slice of something large. */
  static ofStored(
    { namespace, name, revision }: Pick<CachedObject, "namespace" | "name" | "revision">,
    stored: Buffer,
    foreign: ForeignReader,
    pool: BytePool,
  ): CachedObject {
    const offset = metadataOffset(stored, foreign.head);
    if (offset < 0) return new CachedObject(namespace, name, revision, pool.copy(stored), foreign);
    return new CachedObject(namespace, name, revision, spliceVersion(stored, offset, revision, pool));
  }

  get key(): string {
    return this.namespace === "" ? this.name : `${this.namespace}/${this.name}`;
  }

  get json(): Buffer {
    if (this.#foreign) this.#readForeign(this.#foreign);
    return this.#bytes;
  }

  /** Makes sure that `json` will not throw; throws a 500 that names the object where it can't be read. */
  requireReadable(): void {
    if (this.#foreign) this.#readForeign(this.#foreign);
  }

  #readForeign(read: ForeignReader): void {
    let stored: Buffer;
    try {
      stored = read(this.#bytes);
    } catch (error) {
      throw internalError(`unable to read what is stored as ${this.key}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    this.#bytes = spliceVersion(stored, metadataOffset(stored), this.revision, new BytePool());
    this.#foreign = undefined;
  }

  decode(): KubernetesObject {
    return JSON.parse(this.json.toString("utf8")) as KubernetesObject;
  }

  /** The object's labels, read once. */
  get labels(): Labels {
    if (this.#labels === null) {
      const { json } = this;
      this.#labels = readLabels(json, metadataOffset(json));
    }
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
    const { namespace, name } = this;
    if (this.#foreign) return new CachedObject(namespace, name, revision, this.#bytes, this.#foreign);
    return new CachedObject(namespace, name, revision, replaceVersion(this.#bytes, this.revision, revision));
  }

  get bytes(): number {
    return this.#bytes.length;
  }
}
