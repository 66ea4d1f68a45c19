/** Texts of IP addresses and networks, with the reference's rules; no system call is made. */

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** The four bytes of an IPv4 address, undefined where the text is none. Leading zeros are refused. */
function parseV4(text: string): number[] | undefined {
  const match = V4.exec(text);
  if (!match) return undefined;
  const bytes = match.slice(1).map(Number);
  const canonical = match.slice(1).every((part) => part === String(Number(part)));
  return canonical && bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The sixteen bytes of an IPv6 address, undefined where the text is none. */
function parseV6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!);
  const tail = halves.length === 2 ? groups(halves[1]!) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = part.includes(".") && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4) bytes.push(...v4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 255);
    } else return undefined;
  }
  return bytes;
}

/** The bytes of an address, 4 or 16; undefined where the text is none. */
export function parseIp(text: string): number[] | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

export function isIpv4(text: string): boolean {
  return parseV4(text) !== undefined;
}

export function isIpv6(text: string): boolean {
  return text.includes(":") && parseV6(text) !== undefined;
}

const IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const CIDR_TEXT = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

export function checkIp(text: string): string[] {
  return parseIp(text) ? [] : [IP_TEXT];
}

export interface Network {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

export function parseCidr(text: string): Network | undefined {
  const match = /^(.+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const bytes = match ? parseIp(match[1]!) : undefined;
  const prefix = match ? Number(match[2]) : Number.NaN;
  return bytes && prefix <= bytes.length * 8 ? { bytes, prefix } : undefined;
}

export function checkCidr(text: string): string[] {
  return parseCidr(text) ? [] : [CIDR_TEXT];
}

/** Whether `inner` lies in `outer` and is smaller. */
export function isStrictSubnet(inner: Network, outer: Network): boolean {
  if (inner.bytes.length !== outer.bytes.length || inner.prefix <= outer.prefix) return false;
  for (let bit = 0; bit < outer.prefix; bit++) {
    const mask = 128 >> (bit & 7);
    if ((inner.bytes[bit >> 3]! & mask) !== (outer.bytes[bit >> 3]! & mask)) return false;
  }
  return true;
}

/** Addresses that can't be endpoints: unspecified, loopback, link-local. */
export function checkEndpointIp(text: string): string[] {
  const bytes = parseIp(text);
  if (!bytes) return ["must be a valid IP address"];
  const isV4 = bytes.length === 4;
  const errors: string[] = [];
  if (bytes.every((byte) => byte === 0)) errors.push(`may not be unspecified (${text})`);
  const loopback = isV4
    ? bytes[0] === 127
    : bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1;
  if (loopback) errors.push("may not be in the loopback range (127.0.0.0/8, ::1/128)");
  const linkLocal = isV4
    ? bytes[0] === 169 && bytes[1] === 254
    : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
  if (linkLocal) errors.push("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  const multicast = isV4
    ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0
    : bytes[0] === 0xff && (bytes[1]! & 0x0f) === 2;
  if (multicast) errors.push("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  return errors;
}
