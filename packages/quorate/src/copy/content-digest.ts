/**
 * What a key space holds, in numbers that can be compared: keys, bytes, and a hash over all keys and values
 * in order. Keys with a lease are counted apart, since they may end at any time.
 */
import { createHash } from "node:crypto";
import type { KeyValue } from "@quorate/mvcc";

/** The numbers. */
export interface ContentSummary {
  /** Keys without a lease. */
  readonly keys: number;
  /** Of those keys and their values. */
  readonly bytes: number;
  /** SHA-256 over them, in hex. */
  readonly hash: string;
  readonly leasedKeys: number;
}

/** Takes in a key space pair by pair. */
export class ContentDigest {
  readonly #hash = createHash("sha256");
  readonly #length = Buffer.alloc(8);
  #keys = 0;
  #bytes = 0;
  #leasedKeys = 0;

  /** Keys must come in their order. */
  add({ key, value, lease }: KeyValue): void {
    if (lease !== 0n) {
      this.#leasedKeys++;
      return;
    }
    this.#keys++;
    this.#bytes += key.length + value.length;
    this.#length.writeUInt32BE(key.length, 0);
    this.#length.writeUInt32BE(value.length, 4);
    this.#hash.update(this.#length).update(key).update(value);
  }

  /** Ends the digest. */
  summary(): ContentSummary {
    const hash = this.#hash.digest("hex");
    return { keys: this.#keys, bytes: this.#bytes, hash, leasedKeys: this.#leasedKeys };
  }
}
