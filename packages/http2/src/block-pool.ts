/**
 * Blocks in which a connection's frames are gathered, used again once they are out: fresh memory costs page
 * faults, and collections of the whole heap, since it counts for V8. Many connections with little to say need
 * many small blocks, a few with much to say large ones: then a turn is mostly one block, and so one write,
 * which Node takes as it is; several are copied together once more.
 *
 * Safety: a block may be given back only once the write that carried it has called back.
 */

const SIZES = [4 * 1024, 32 * 1024, 128 * 1024] as const;
/** Bound: bytes of each size that wait to be used again, in this thread. */
const SPARE_BYTES_MAX = 8 * 1024 * 1024;

const spares: readonly Buffer[][] = SIZES.map(() => []);

/** The smallest block that holds so many bytes, or the largest there is. Its content is undefined. */
export function takeBlock(bytes: number): Buffer {
  let size = 0;
  while (size < SIZES.length - 1 && SIZES[size]! < bytes) size++;
  return spares[size]!.pop() ?? Buffer.allocUnsafeSlow(SIZES[size]!);
}

/** Gives back what `takeBlock` gave, or parts of it, once nobody reads them any more. */
export function giveBlocks(blocks: readonly Buffer[]): void {
  for (const { buffer } of blocks) {
    const size = SIZES.indexOf(buffer.byteLength as (typeof SIZES)[number]);
    const spare = spares[size];
    if (spare && (spare.length + 1) * buffer.byteLength <= SPARE_BYTES_MAX) spare.push(Buffer.from(buffer));
  }
}
