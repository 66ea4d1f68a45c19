/**
 * Texts of IP addresses and networks, with the reference's rules; no system call is made.
 *
 * What is read is wider than what is taken: leading zeros and IPv4 addresses in IPv6 clothes are understood,
 * so that the finding can say what is wrong with them, and so that objects of old clusters can be kept.
 */

const V4_PARTS = 4;
const V6_BYTES = 16;

/** An address as it is written. */
interface ReadAddress {
  /** 4 or 16, as the text has it. */
  readonly bytes: readonly number[];
  readonly hasLeadingZeros: boolean;
  /** `::ffff:10.0.0.1`, which everything takes for 10.0.0.1. */
  readonly isMapped: boolean;
}

function readAddress(text: string): ReadAddress | undefined {
  const found = text.includes(":") ? readV6(text) : readV4(text);
  if (!found) return undefined;
  const { bytes } = found;
  const isMapped =
    bytes.length === V6_BYTES &&
    bytes[10] === 255 &&
    bytes[11] === 255 &&
    bytes.slice(0, 10).every((byte) => byte === 0);
  return { ...found, isMapped };
}

type Digits = Omit<ReadAddress, "isMapped">;

function readV4(text: string): Digits | undefined {
  const parts = text.split(".");
  if (parts.length !== V4_PARTS || !parts.every((part) => /^\d+$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  if (bytes.some((byte) => byte > 255)) return undefined;
  return { bytes, hasLeadingZeros: parts.some((part) => part.length > 1 && part.startsWith("0")) };
}

function readV6(text: string): Digits | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0]!);
  const tail = halves.length === 2 ? readGroups(halves[1]!) : { bytes: [], hasLeadingZeros: false };
  if (!head || !tail) return undefined;
  const missing = V6_BYTES - head.bytes.length - tail.bytes.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = [...head.bytes, ...new Array<number>(missing).fill(0), ...tail.bytes];
  return { bytes, hasLeadingZeros: head.hasLeadingZeros || tail.hasLeadingZeros };
}

/** Groups of up to four hexadecimal digits; only more digits than that count as leading zeros. */
function readGroups(text: string): Digits | undefined {
  const bytes: number[] = [];
  let hasLeadingZeros = false;
  if (text === "") return { bytes, hasLeadingZeros };
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = part.includes(".") && index === parts.length - 1 ? readV4(part) : undefined;
    if (v4) {
      bytes.push(...v4.bytes);
      hasLeadingZeros ||= v4.hasLeadingZeros;
    } else if (/^0*[0-9a-fA-F]{1,4}$/.test(part)) {
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 255);
      hasLeadingZeros ||= part.length > 4;
    } else return undefined;
  }
  return { bytes, hasLeadingZeros };
}

/** The bytes that everything works with: 4 of an IPv4 address, however it is dressed. */
function plainBytes({ bytes, isMapped }: ReadAddress): readonly number[] {
  return isMapped ? bytes.slice(12) : bytes;
}

/** The bytes of an address, 4 or 16; undefined where the text is none. */
export function parseIp(text: string): readonly number[] | undefined {
  const address = readAddress(text);
  return address && plainBytes(address);
}

/** Whether everything takes the text for an IPv4 address. */
export function isIpv4(text: string): boolean {
  return parseIp(text)?.length === V4_PARTS;
}

/** Whether the text is an IPv6 address, and no IPv4 one in its clothes. */
export function isIpv6(text: string): boolean {
  return parseIp(text)?.length === V6_BYTES;
}

/** An address in its one canonical text (RFC 5952 for IPv6); `bytes` are 4 or 16. */
export function addressText(bytes: readonly number[]): string {
  if (bytes.length === V4_PARTS) return bytes.join(".");
  const groups: number[] = [];
  for (let i = 0; i < V6_BYTES; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  const zeros = longestZeros(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

/** The first of the longest runs of zeros. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  });
  return best;
}

const IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const CIDR_TEXT = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** An address in any spelling that nobody can misread. */
export function checkIp(text: string): string[] {
  const address = readAddress(text);
  if (!address) return [IP_TEXT];
  if (address.hasLeadingZeros) return ["must not have leading 0s"];
  return address.isMapped ? ["must not be an IPv4-mapped IPv6 address"] : [];
}

/** An address in its canonical spelling. */
export function checkCanonicalIp(text: string): string[] {
  const found = checkIp(text);
  if (found.length > 0) return found;
  const canonical = addressText(parseIp(text)!);
  return text === canonical ? [] : [`must be in canonical form ("${canonical}")`];
}

/** What is odd about an address that was taken, `field` before it. */
export function ipWarnings(field: string, text: string): string[] {
  const address = readAddress(text);
  if (!address) return [];
  const canonical = addressText(plainBytes(address));
  if (address.hasLeadingZeros || address.isMapped) {
    return [`${field}: non-standard IP address "${text}" is invalid: use "${canonical}"`];
  }
  if (canonical === text) return [];
  return [`${field}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${canonical}")`];
}

/** A network: an address of it, and how many bits of that count. */
export interface Network {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

interface ReadNetwork extends Network {
  readonly hasLeadingZeros: boolean;
  readonly isMapped: boolean;
}

function readNetwork(text: string): ReadNetwork | undefined {
  const match = /^([^/]+)\/(\d+)$/.exec(text);
  const address = match ? readAddress(match[1]!) : undefined;
  if (!match || !address) return undefined;
  const written = match[2]!;
  const prefix = Number(written);
  if (prefix > address.bytes.length * 8) return undefined;
  return {
    bytes: plainBytes(address),
    prefix: address.isMapped ? Math.max(0, prefix - 96) : prefix,
    hasLeadingZeros: address.hasLeadingZeros || (written.length > 1 && written.startsWith("0")),
    isMapped: address.isMapped,
  };
}

/** The network of the text, bits behind the prefix as they stand; undefined where it is none. */
export function parseCidr(text: string): Network | undefined {
  return readNetwork(text);
}

/** The bytes of an address with all bits behind the prefix cleared. */
function maskedBytes({ bytes, prefix }: Network): readonly number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

function networkText(network: Network): string {
  return `${addressText(maskedBytes(network))}/${network.prefix}`;
}

function hasHostBits(network: Network): boolean {
  return addressText(maskedBytes(network)) !== addressText(network.bytes);
}

/** A network in any spelling that nobody can misread. */
export function checkCidr(text: string): string[] {
  const network = readNetwork(text);
  if (!network) return [CIDR_TEXT];
  if (network.hasLeadingZeros) return ["must not have leading 0s in IP or prefix length"];
  if (network.isMapped) return ["must not have an IPv4-mapped IPv6 address"];
  return hasHostBits(network) ? ["must not have bits set beyond the prefix length"] : [];
}

/** A network in its canonical spelling. */
export function checkCanonicalCidr(text: string): string[] {
  const found = checkCidr(text);
  if (found.length > 0) return found;
  const canonical = networkText(parseCidr(text)!);
  return text === canonical ? [] : [`must be in canonical form ("${canonical}")`];
}

/** What is odd about a network that was taken, `field` before it. */
export function cidrWarnings(field: string, text: string): string[] {
  const network = readNetwork(text);
  if (!network) return [];
  const warnings: string[] = [];
  const canonical = networkText(network);
  if (hasHostBits(network)) {
    const single = `${addressText(network.bytes)}/${network.bytes.length * 8}`;
    const meant = `should be "${canonical}" or "${single}"?`;
    warnings.push(`${field}: CIDR value "${text}" is ambiguous in this context (${meant})`);
  }
  if (network.hasLeadingZeros || network.isMapped) {
    warnings.push(`${field}: non-standard CIDR value "${text}" is invalid: use "${canonical}"`);
  }
  if (warnings.length > 0 || text === canonical) return warnings;
  return [`${field}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${canonical}")`];
}

/** Whether `inner` lies in `outer` and is smaller. */
export function isStrictSubnet(inner: Network, outer: Network): boolean {
  if (inner.bytes.length !== outer.bytes.length || inner.prefix <= outer.prefix) return false;
  const { prefix } = outer;
  return addressText(maskedBytes({ ...inner, prefix })) === addressText(maskedBytes(outer));
}

/** Addresses that can't be endpoints: unspecified, loopback, link-local. */
export function checkEndpointIp(text: string): string[] {
  const bytes = parseIp(text);
  if (!bytes) return ["must be a valid IP address"];
  const isV4 = bytes.length === V4_PARTS;
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
