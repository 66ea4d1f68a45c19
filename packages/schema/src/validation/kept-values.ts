/**
 * Addresses and networks that an object already has: they were taken once, perhaps by laxer rules of an older
 * server, so that an update may keep them.
 */
import type { FieldError } from "@quorate/object";

/** The findings that are not about a text of `kept`. */
export function withoutKept(errors: readonly FieldError[], kept: ReadonlySet<string>): FieldError[] {
  return errors.filter(({ type, value }) => type !== "Invalid" || !kept.has(value as string));
}
