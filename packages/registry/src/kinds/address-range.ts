/**
 * A range of addresses that Services take their cluster IPs from. The lower part is left for addresses that
 * are asked for by name; free ones are looked for in the upper part first, from a random place on.
 *
 *   10.0.0.0/24: first 10.0.0.1, last 10.0.0.254, static part 10.0.0.1 .. 10.0.0.16
 */
import type { Random } from "@quorate/base";
import { addressText, checkIp, parseCidr, parseIp } from "@quorate/schema";

/** As a Service's ipFamilies name them. */
export type IpFamily = "IPv4" | "IPv6";

/** Bounds of the static part: a sixteenth of the range, but no less and no more than these. */
const STATIC_MIN = 16n;
const STATIC_MAX = 256n;
const STATIC_PART = 16n;
/** Bound: of a larger range, what is searched. */
const SEARCHED_MAX = 1n << 32n;

/** The usable addresses of one network. */
export class AddressRange {
  readonly cidr: string;
  readonly family: IpFamily;
  readonly #first: bigint;
  readonly #last: bigint;
  /** First address of the upper part. */
  readonly #upper: bigint;

  /** `cidr` must be valid. */
  constructor(cidr: string) {
    const network = parseCidr(cidr)!;
    const bits = network.bytes.length * 8;
    const hostBits = BigInt(bits - network.prefix);
    const base = (numberOf(network.bytes) >> hostBits) << hostBits;
    const size = 1n << hostBits;
    this.cidr = cidr;
    this.family = bits === 32 ? "IPv4" : "IPv6";
    this.#first = base + 1n;
    this.#last = base + size - (this.family === "IPv4" ? 2n : 1n);
    this.#upper = this.#first + staticSize(size);
  }

  /** The first usable address: the one of the `kubernetes` Service. */
  get firstAddress(): string {
    return this.#text(this.#first);
  }

  contains(address: string): boolean {
    const bytes = parseIp(address);
    if (!bytes || (bytes.length === 4) !== (this.family === "IPv4")) return false;
    const value = numberOf(bytes);
    return value >= this.#first && value <= this.#last;
  }

  /** A free address; undefined where all are taken. */
  findFree(isTaken: (address: string) => boolean, random: Random): string | undefined {
    const upper = this.#searchFrom(this.#upper, this.#last, isTaken, random);
    return upper ?? this.#searchFrom(this.#first, this.#upper - 1n, isTaken, random);
  }

  #searchFrom(
    first: bigint,
    last: bigint,
    isTaken: (address: string) => boolean,
    random: Random,
  ): string | undefined {
    const size = last - first + 1n;
    if (size <= 0n) return undefined;
    const searched = size < SEARCHED_MAX ? size : SEARCHED_MAX;
    const start = BigInt(random.int(Number(searched)));
    for (let step = 0n; step < searched; step++) {
      const address = this.#text(first + ((start + step) % searched));
      if (!isTaken(address)) return address;
    }
    return undefined;
  }

  #text(value: bigint): string {
    return addressText(bytesOf(value, this.family === "IPv4" ? 4 : 16));
  }
}

/** An address in its one canonical spelling; undefined where validation refuses the text. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = parseIp(text);
  return bytes && checkIp(text).length === 0 ? addressText(bytes) : undefined;
}

function staticSize(size: bigint): bigint {
  if (size <= STATIC_MIN) return 0n;
  const part = size / STATIC_PART;
  if (part < STATIC_MIN) return STATIC_MIN;
  return part > STATIC_MAX ? STATIC_MAX : part;
}

function numberOf(bytes: readonly number[]): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function bytesOf(value: bigint, length: number): number[] {
  return Array.from({ length }, (_, i) => Number((value >> BigInt((length - 1 - i) * 8)) & 0xffn));
}
