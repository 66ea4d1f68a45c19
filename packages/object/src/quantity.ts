/**
 * Quantities (`100m`, `1Gi`, `5e3`): parse, canonical text, order and sums, as resource.Quantity does it. A
 * value is an exact decimal `unscaled * 10^-scale`; nothing finer than 1n exists (values are rounded away
 * from zero to it). Immutable.
 */
import { CodedError } from "@quorate/base";

export type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIX = new Map(Object.entries(BINARY).map(([suffix, exponent]) => [exponent, suffix]));

const NANO_SCALE = 9;
const INT64_MAX = 2n ** 63n - 1n;
/** Bound: an exponent beyond this can't be a quantity anybody means, and would cost memory to expand. */
const EXPONENT_MAX = 1000;

const WRONG_FORMAT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** A text that is no quantity; the message is the reference's. */
export class QuantityError extends CodedError<"BadQuantity"> {
  override readonly name = "QuantityError";
  constructor(message: string) {
    super("BadQuantity", message);
  }
}

const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

function pow10(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** Divides, rounding away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

export class Quantity {
  static readonly zero: Quantity = new Quantity(0n, 0, "DecimalSI");

  /** The value is `unscaled * 10^-scale`. */
  readonly unscaled: bigint;
  readonly scale: number;
  readonly format: QuantityFormat;

  constructor(unscaled: bigint, scale: number, format: QuantityFormat) {
    this.unscaled = unscaled;
    this.scale = scale;
    this.format = format;
  }

  /** Parses text, or a JSON number (as the reference's decoder takes it). Throws QuantityError. */
  static parse(input: string | number): Quantity {
    const text = String(input);
    const match = text === "" ? null : GRAMMAR.exec(text);
    if (!match) throw new QuantityError(WRONG_FORMAT);
    const [, sign, whole = "", fraction = "", suffix = ""] = match;
    const { base, exponent, format } = interpretSuffix(suffix);
    let unscaled = BigInt(`${whole}${fraction}` || "0");
    let scale = fraction.length;
    if (base === 2) unscaled *= 1n << BigInt(exponent);
    else scale -= exponent;
    if (scale > NANO_SCALE) {
      unscaled = divideUp(unscaled, pow10(scale - NANO_SCALE));
      scale = NANO_SCALE;
    }
    let result = format;
    if (format === "BinarySI") {
      if (scale <= 0 ? unscaled > INT64_MAX : unscaled > INT64_MAX * pow10(scale)) {
        unscaled = INT64_MAX;
        scale = 0;
      }
      if (scale > 0 && unscaled > 0n && unscaled < pow10(scale)) result = "DecimalSI";
    }
    return new Quantity(sign === "-" ? -unscaled : unscaled, scale, result);
  }

  static ofInteger(value: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(value), 0, format);
  }

  static ofMilli(value: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(value), 3, format);
  }

  get sign(): -1 | 0 | 1 {
    return this.unscaled === 0n ? 0 : this.unscaled < 0n ? -1 : 1;
  }

  /** <0, 0 or >0. */
  compare(other: Quantity): number {
    const scale = Math.max(this.scale, other.scale);
    const difference = this.#at(scale) - other.#at(scale);
    return difference === 0n ? 0 : difference < 0n ? -1 : 1;
  }

  /** Keeps this one's format; a zero takes the other's, as the reference does. */
  add(other: Quantity): Quantity {
    const scale = Math.max(this.scale, other.scale);
    const format = this.unscaled === 0n ? other.format : this.format;
    return new Quantity(this.#at(scale) + other.#at(scale), scale, format);
  }

  negate(): Quantity {
    return new Quantity(-this.unscaled, this.scale, this.format);
  }

  /** Whole units, rounded away from zero. */
  value(): bigint {
    return this.#rounded(0);
  }

  /** Thousandths, rounded away from zero. */
  milliValue(): bigint {
    return this.#rounded(3);
  }

  /** The canonical text: the largest suffix that leaves no fraction. */
  toString(): string {
    if (this.unscaled === 0n) return "0";
    if (this.format === "BinarySI" && this.#isWhole() && !this.#isBelow1024()) return this.#binaryText();
    let amount = this.unscaled;
    let exponent = -this.scale;
    while (amount % 10n === 0n) {
      amount /= 10n;
      exponent++;
    }
    while (exponent % 3 !== 0) {
      amount *= 10n;
      exponent--;
    }
    if (this.format === "DecimalExponent") return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
    return `${amount}${DECIMAL_SUFFIX.get(exponent) ?? ""}`;
  }

  toJSON(): string {
    return this.toString();
  }

  #binaryText(): string {
    let amount = this.#rounded(0);
    let exponent = 0;
    while (amount % 1024n === 0n) {
      amount /= 1024n;
      exponent += 10;
    }
    return `${amount}${BINARY_SUFFIX.get(exponent) ?? ""}`;
  }

  #isWhole(): boolean {
    return this.scale <= 0 || this.unscaled % pow10(this.scale) === 0n;
  }

  #isBelow1024(): boolean {
    const size = this.unscaled < 0n ? -this.unscaled : this.unscaled;
    return this.scale > 0 ? size < 1024n * pow10(this.scale) : size * pow10(-this.scale) < 1024n;
  }

  /** The unscaled value at a scale that is not smaller than this one's. */
  #at(scale: number): bigint {
    return this.unscaled * pow10(scale - this.scale);
  }

  #rounded(scale: number): bigint {
    return scale >= this.scale ? this.#at(scale) : divideUp(this.unscaled, pow10(this.scale - scale));
  }
}

function interpretSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = Object.hasOwn(DECIMAL, suffix) ? DECIMAL[suffix] : undefined;
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = Object.hasOwn(BINARY, suffix) ? BINARY[suffix] : undefined;
  if (binary !== undefined) return { base: 2, exponent: binary, format: "BinarySI" };
  const match = /^[eE]([-+]?[0-9]+)$/.exec(suffix);
  const exponent = match ? Number(match[1]) : Number.NaN;
  if (!(Math.abs(exponent) <= EXPONENT_MAX)) throw new QuantityError("unable to parse quantity's suffix");
  return { base: 10, exponent, format: "DecimalExponent" };
}

/** The text that the reference would store: the input itself is kept nowhere, so `1000m` becomes `1`. */
export function canonicalQuantity(input: string | number): string {
  return Quantity.parse(input).toString();
}
