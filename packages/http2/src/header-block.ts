/**
 * Writes header blocks (HPACK, RFC 7541): names of the static table by their index, all else as it is.
 * Nothing is put into the dynamic table, so that blocks don't depend on each other and no state is kept for a
 * peer.
 */
import { STATIC_TABLE } from "./static-table.ts";

/** Of a literal that no table gets: the index has four bits of the first byte. */
const LITERAL_PREFIX_BITS = 4;
const LENGTH_PREFIX_BITS = 7;
/** An indexed field has the first bit set. */
const INDEXED = 0x80;
/** Of a number of any length. */
const NUMBER_BYTES_MAX = 5;
const FIRST_BYTES = 1024;
/** Bound: names whose first bytes are kept. */
const NAMES_MAX = 256;

const staticNames = new Map<string, number>();
const staticStatus = new Map<number, number>();
STATIC_TABLE.forEach(([name, value], at) => {
  if (!staticNames.has(name)) staticNames.set(name, at + 1);
  if (name === ":status") staticStatus.set(Number(value), at + 1);
});

/** How the name of a literal begins, by name. */
const knownNames = new Map<string, Buffer>();

/** One block after the other; the bytes of a block hold until the next is begun. */
export class HeaderBlock {
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** Begins a block with the answer's status. */
  begin(status: number): this {
    this.clear();
    const index = staticStatus.get(status);
    if (index !== undefined) {
      this.#reserve(1);
      this.#bytes[this.#length++] = INDEXED | index;
      return this;
    }
    return this.field(":status", String(status));
  }

  /** Begins a block without a status: trailers. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  /**
   * Adds a field. The name is lower case; characters beyond latin1 and control characters of the value are
   * the caller's to avoid.
   */
  field(name: string, value: string): this {
    const prefix = nameBytes(name);
    this.#reserve(prefix.length + NUMBER_BYTES_MAX + value.length);
    this.#bytes.set(prefix, this.#length);
    this.#length += prefix.length;
    this.#length = writeNumber(this.#bytes, this.#length, 0, LENGTH_PREFIX_BITS, value.length);
    this.#length += this.#bytes.write(value, this.#length, "latin1");
    return this;
  }

  /** What was written since the block began: a view that the next block overwrites. */
  get view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of its own. */
  copy(): Buffer {
    return Buffer.from(this.view);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function nameBytes(name: string): Buffer {
  const known = knownNames.get(name);
  if (known) return known;
  const bytes = Buffer.allocUnsafe(1 + NUMBER_BYTES_MAX + name.length);
  const index = staticNames.get(name) ?? 0;
  let length = writeNumber(bytes, 0, 0, LITERAL_PREFIX_BITS, index);
  if (index === 0) {
    length = writeNumber(bytes, length, 0, LENGTH_PREFIX_BITS, name.length);
    length += bytes.write(name, length, "latin1");
  }
  const made = Buffer.from(bytes.subarray(0, length));
  if (knownNames.size < NAMES_MAX) knownNames.set(name, made);
  return made;
}

/** A number behind the bits of `first` (RFC 7541, section 5.1); where the next byte goes. */
function writeNumber(bytes: Buffer, at: number, first: number, prefixBits: number, value: number): number {
  const mask = (1 << prefixBits) - 1;
  let next = at;
  if (value < mask) {
    bytes[next++] = first | value;
    return next;
  }
  bytes[next++] = first | mask;
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[next++] = (rest % 0x80) | 0x80;
  bytes[next++] = rest;
  return next;
}
