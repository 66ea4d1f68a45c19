/**
 * Quantities in JSON: which input the reference keeps as it is, which it rewrites to the canonical text.
 *
 * Compat: a decimal is kept verbatim when its exponent is a multiple of three and its digits neither end in
 * `000` nor start with `0` (so `1.500` stays, `1000m` becomes `1`); a binary one without fraction when its
 * number is no multiple of eight (so `1025Mi` stays, `1024Mi` becomes `1Gi`).
 */
import { canonicalQuantity as canonical } from "@quorate/object";

const USUAL = /^[1-9]\d{0,11}[numkMGTPE]?$/;
const DECIMAL = /^[+-]?0*(\d*)(?:\.(\d*))?(?:[numkMGTPE]?|[eE]([+-]?\d+))$/;
const BINARY = /^[+-]?0*(\d{1,9})(?:Ki|Mi|Gi)$/;
const INT64_DIGITS = 18;

/**
 * The text that is stored; throws QuantityError with the reference's message where the input is no quantity.
 */
export function quantityText(input: string | number): string {
  const text = typeof input === "number" ? String(input) : input.trim();
  if (USUAL.test(text) && !/000[^\d]?$/.test(text)) return text;
  const rewritten = canonical(text);
  if (rewritten === text || rewritten === "0") return rewritten;
  return isKept(text) ? text : rewritten;
}

function isKept(text: string): boolean {
  const binary = BINARY.exec(text);
  if (binary !== null) return (Number(binary[1]) & 7) !== 0;
  const decimal = DECIMAL.exec(text);
  if (decimal === null) return false;
  const fraction = decimal[2] ?? "";
  const digits = (decimal[1] || "0") + fraction;
  const exponent = Number(decimal[3] ?? 0) - fraction.length;
  if (digits.length > INT64_DIGITS || exponent % 3 !== 0) return false;
  return !digits.endsWith("000") && !digits.startsWith("0");
}
