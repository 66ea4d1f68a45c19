/**
 * Byte strings in the order of their bytes (the order of etcd and LevelDB keys) and the helpers that ranges need.
 * Nothing here copies unless it says so.
 */

/** Compares by unsigned bytes, shorter first where one is a prefix of the other: <0, 0 or >0. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The smallest key greater than every key with this prefix; `[0]` (no upper bound, as in etcd) where there is none. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  for (let i = prefix.length - 1; i >= 0; i--) {
    if (prefix[i]! < 0xff) {
      // Not `prefix.slice`: a Buffer's is a view of the same bytes.
      const end = Uint8Array.prototype.slice.call(prefix, 0, i + 1);
      end[i]!++;
      return end;
    }
  }
  return new Uint8Array([0]);
}
