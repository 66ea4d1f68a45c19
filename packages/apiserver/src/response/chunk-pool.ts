/**
 * Buffers in which the pieces of large answers are put together. They are used again as soon as the
 * connection has taken a piece: fresh ones of this size cost page faults and garbage collection, a third of a
 * large list.
 *
 * Safety: a buffer may be given back only once the write that carried it has called back.
 */

/** Bytes of a buffer. */
export const CHUNK_BYTES = 256 * 1024;
/** Bound: buffers that wait to be used again. */
const SPARE_MAX = 32;

const spare: Buffer[] = [];
/** The memory of our buffers, to tell them from others. */
const own = new WeakSet<ArrayBufferLike>();

/** A buffer of CHUNK_BYTES. Its content is undefined. */
export function takeChunk(): Buffer {
  const known = spare.pop();
  if (known !== undefined) return known;
  const fresh = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  own.add(fresh.buffer);
  return fresh;
}

/** Gives back what `takeChunk` gave, or a part of it; other buffers are left alone. */
export function giveChunk(piece: Buffer): void {
  if (spare.length < SPARE_MAX && own.has(piece.buffer)) spare.push(Buffer.from(piece.buffer));
}
