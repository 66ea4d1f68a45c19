/**
 * The organizations in the subject of a PKCS #10 certificate request, read from its DER:
 *   SEQUENCE { SEQUENCE { INTEGER version, SEQUENCE OF SET OF SEQUENCE { OID, text }, ... }, ... }
 */

const ORGANIZATION = Buffer.from([0x55, 0x04, 0x0a]);
const PEM = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END (?:NEW )?CERTIFICATE REQUEST-----/;
const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OID = 0x06;
const BMP_STRING = 0x1e;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Where the next element begins. */
  readonly end: number;
}

/** Throws an Error that says what is wrong with the request. */
export function organizationsOf(pem: string): string[] {
  const match = PEM.exec(pem);
  if (match === null) throw new Error("PEM block type must be CERTIFICATE REQUEST");
  const request = read(Buffer.from(match[1]!, "base64"), 0, SEQUENCE);
  const info = read(request.content, 0, SEQUENCE).content;
  const version = read(info, 0, INTEGER);
  const subject = read(info, version.end, SEQUENCE).content;
  const found: string[] = [];
  for (const set of elements(subject, SET)) {
    for (const attribute of elements(set.content, SEQUENCE)) {
      const type = read(attribute.content, 0, OID);
      if (!type.content.equals(ORGANIZATION)) continue;
      found.push(textOf(read(attribute.content, type.end)));
    }
  }
  return found;
}

function* elements(bytes: Buffer, tag: number): Generator<Element> {
  for (let at = 0; at < bytes.length; ) {
    const element = read(bytes, at, tag);
    yield element;
    at = element.end;
  }
}

function read(bytes: Buffer, at: number, tag?: number): Element {
  const actual = bytes[at];
  let length = bytes[at + 1];
  if (actual === undefined || length === undefined || (tag !== undefined && actual !== tag)) {
    throw new Error("asn1: structure error: the request is not a PKCS #10 certificate request");
  }
  let start = at + 2;
  if (length >= 0x80) {
    const size = length & 0x7f;
    if (size === 0 || size > 4 || start + size > bytes.length) throw new Error("asn1: bad length");
    length = bytes.readUIntBE(start, size);
    start += size;
  }
  const end = start + length;
  if (end > bytes.length) throw new Error("asn1: syntax error: data truncated");
  return { tag: actual, content: bytes.subarray(start, end), end };
}

function textOf({ tag, content }: Element): string {
  if (tag !== BMP_STRING) return content.toString("utf8");
  return Buffer.from(content).swap16().toString("utf16le");
}
