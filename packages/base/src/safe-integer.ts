/** Revisions and log indexes are `number`s; this is where a value from outside is checked to be one exactly. */
import { CodedError } from "./coded-error.ts";

/** `value` as a safe non-negative integer; throws `NOT_A_SAFE_INTEGER` naming `what` otherwise. */
export function safeInteger(value: number | bigint | string, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new CodedError(
      "NOT_A_SAFE_INTEGER",
      `${what} must be an integer between 0 and 2^53-1, not ${String(value)}`,
    );
  }
  return number;
}
