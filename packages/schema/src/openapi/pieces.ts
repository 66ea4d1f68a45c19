/** Writing a large JSON object in pieces, keys in order. */
import type { JsonValue } from "@quorate/object";
import type { Operation } from "./operation.ts";

/** Bound: a piece is handed out when it has grown to this, so that making one never takes long. */
const PIECE_CHARS = 64 * 1024;

/** The members of an object as JSON text without the braces, keys in order. */
export function* entries<T>(
  object: Readonly<Record<string, T>>,
  write: (item: T) => JsonValue,
): Iterable<string> {
  let piece = "";
  let separator = "";
  for (const key of Object.keys(object).sort()) {
    piece += `${separator}${JSON.stringify(key)}:${JSON.stringify(write(object[key]!))}`;
    separator = ",";
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

/** Operations by their path. */
export function byPath(operations: readonly Operation[]): Record<string, Operation[]> {
  const out: Record<string, Operation[]> = {};
  for (const operation of operations) {
    out[operation.path] ??= [];
    out[operation.path]!.push(operation);
  }
  return out;
}
