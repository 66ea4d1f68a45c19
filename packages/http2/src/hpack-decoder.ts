/**
 * Reads header blocks (HPACK, RFC 7541). A connection has one decoder, since blocks refer to fields of
 * earlier ones.
 *
 * Bound: the dynamic table holds what we announce (4 KiB), a block's fields together what the reader is made
 * with.
 */
import { ConnectionError, H2_ERROR } from "./frame.ts";
import { decodeHuffman } from "./huffman.ts";
import { STATIC_TABLE } from "./static-table.ts";

/** A header field; names are lower case. */
export type HeaderField = readonly [name: string, value: string];

/** The table size that we announce, which is the protocol's default. */
const TABLE_BYTES_MAX = 4096;
/** Characters that end a header elsewhere (RFC 9113, section 8.2.1). */
const FORBIDDEN = /[\0\r\n]/;
/** What a field counts beside its text. */
const FIELD_OVERHEAD = 32;
const STATIC_SIZE = STATIC_TABLE.length;

/** A block that can't be read: the connection is of no use any more. */
export class CompressionError extends Error {
  override readonly name: string = "CompressionError";
}

/** The headers of one direction of a connection. */
export class HpackDecoder {
  /** The newest field is the last. */
  readonly #dynamic: HeaderField[] = [];
  #tableBytes = 0;
  #tableMax = TABLE_BYTES_MAX;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;
  readonly #headerBytesMax: number;

  /** `headerBytesMax`: names and values of one block, and 32 bytes for each. */
  constructor(headerBytesMax: number) {
    this.#headerBytesMax = headerBytesMax;
  }

  /** The fields in order. Throws CompressionError, and ConnectionError for what can't be a request's. */
  decode(block: Buffer): HeaderField[] {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    let bytes = 0;
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      let field: HeaderField;
      if (first & 0x80) field = this.#indexed(this.#integer(7));
      else if (first & 0x40) {
        field = this.#literal(6);
        this.#insert(field);
      } else if (first & 0x20) {
        this.#resize(this.#integer(5));
        continue;
      } else field = this.#literal(4);
      bytes += field[0].length + field[1].length + FIELD_OVERHEAD;
      if (bytes > this.#headerBytesMax) {
        throw new ConnectionError(H2_ERROR.ENHANCE_YOUR_CALM, "the headers are too large");
      }
      fields.push(field);
    }
    return fields;
  }

  #indexed(index: number): HeaderField {
    const field =
      index <= STATIC_SIZE
        ? STATIC_TABLE[index - 1]
        : this.#dynamic[this.#dynamic.length - (index - STATIC_SIZE)];
    if (!field) throw new CompressionError(`there is no header field ${index}`);
    return field;
  }

  #literal(prefixBits: number): HeaderField {
    const index = this.#integer(prefixBits);
    const name = index > 0 ? this.#indexed(index)[0] : this.#text();
    return [name, this.#text()];
  }

  #text(): string {
    if (this.#at >= this.#block.length) throw new CompressionError("a header block is cut short");
    const isCoded = (this.#block[this.#at]! & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new CompressionError("a header block is cut short");
    this.#at = end;
    const text = isCoded
      ? decodeHuffman(this.#block, start, end)
      : this.#block.toString("latin1", start, end);
    if (text === undefined) throw new CompressionError("a header's text is no code");
    if (FORBIDDEN.test(text)) {
      throw new ConnectionError(
        H2_ERROR.PROTOCOL_ERROR,
        "a header holds a character that no header may hold",
      );
    }
    return text;
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#block[this.#at++]! & mask;
    if (value < mask) return value;
    let shift = 0;
    for (;;) {
      const byte = this.#block[this.#at++];
      if (byte === undefined || shift > 21)
        throw new CompressionError("a number of a header block is no number");
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7;
    }
  }

  #insert(field: HeaderField): void {
    this.#dynamic.push(field);
    this.#tableBytes += sizeOf(field);
    this.#evict();
  }

  #resize(max: number): void {
    if (max > TABLE_BYTES_MAX) throw new CompressionError("a header table larger than announced");
    this.#tableMax = max;
    this.#evict();
  }

  #evict(): void {
    let gone = 0;
    while (this.#tableBytes > this.#tableMax) this.#tableBytes -= sizeOf(this.#dynamic[gone++]!);
    if (gone > 0) this.#dynamic.splice(0, gone);
  }
}

function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + FIELD_OVERHEAD;
}
