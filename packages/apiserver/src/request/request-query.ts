/**
 * The query part of a URL, read the way the reference's option decoder reads it: the first value of a name
 * counts, a bool is true unless it says `false` or `0`, an integer that does not parse is a 400 with Go's
 * text.
 */
import { badRequest } from "@quorate/object";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** Parsed once a request; an empty query costs nothing. */
export class RequestQuery {
  static readonly empty: RequestQuery = new RequestQuery("");

  readonly text: string;
  readonly #values: URLSearchParams | undefined;

  /** `text` is what follows the question mark. */
  constructor(text: string) {
    this.text = text;
    this.#values = text === "" ? undefined : new URLSearchParams(text);
  }

  has(name: string): boolean {
    return this.#values?.has(name) ?? false;
  }

  /** The first value; "" where absent. */
  text1(name: string): string {
    return this.#values?.get(name) ?? "";
  }

  all(name: string): string[] {
    return this.#values?.getAll(name) ?? [];
  }

  isTrue(name: string): boolean {
    const value = this.#values?.get(name);
    if (value === null || value === undefined) return false;
    const text = value.toLowerCase();
    return text !== "false" && text !== "0";
  }

  /** undefined where absent or empty; throws a 400 where it is no int64. Values beyond 2^53 are cut to it. */
  integer(name: string): number | undefined {
    const value = this.#values?.get(name);
    if (value === null || value === undefined) return undefined;
    // Compat: the reference refuses an empty value too, as Go's strconv does.
    if (!/^[+-]?[0-9]+$/.test(value)) throw badRequest(integerError(value, "invalid syntax"));
    const parsed = BigInt(value.replace(/^\+/, ""));
    if (parsed > INT64_MAX || parsed < INT64_MIN) throw badRequest(integerError(value, "value out of range"));
    if (parsed > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
    if (parsed < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
    return Number(parsed);
  }
}

function integerError(value: string, why: string): string {
  return `strconv.ParseInt: parsing ${JSON.stringify(value)}: ${why}`;
}
