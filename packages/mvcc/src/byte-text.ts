/** Between byte strings and the latin1 text (one character a byte) that indexes hold. */

/** The bytes as text of the same length. */
export function textOf(bytes: Uint8Array): string {
  return viewOf(bytes).latin1Slice(0, bytes.length);
}

/** The text's bytes, fresh. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function viewOf(bytes: Uint8Array): Buffer & { latin1Slice(start: number, end: number): string } {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer as Buffer & { latin1Slice(start: number, end: number): string };
}

/** A range of etcd as text bounds: [start, end), `end` undefined for no bound. */
export interface TextRange {
  readonly start: string;
  readonly end: string | undefined;
  /** Whether it is one key. */
  readonly single: boolean;
}

/**
 * The bounds that `key` and `rangeEnd` mean: absent or empty, one key; a single zero byte, all from `key` on.
 */
export function textRange(key: Uint8Array, rangeEnd: Uint8Array | undefined): TextRange {
  const start = textOf(key);
  if (!rangeEnd || rangeEnd.length === 0) return { start, end: `${start}\0`, single: true };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { start, end: undefined, single: false };
  return { start, end: textOf(rangeEnd), single: false };
}

export function inRange(range: TextRange, key: string): boolean {
  return key >= range.start && (range.end === undefined || key < range.end);
}
