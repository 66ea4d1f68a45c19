/**
 * Memory for small pieces of bytes that live long: slices of slabs, three times cheaper than an allocation
 * each. A slab lives as long as any piece of it, so pieces that live alike have a pool of their own: Node's
 * own pool, which `Buffer.allocUnsafe` and `Buffer.from` share, would be held by them as a whole, with all
 * the short-lived pieces between.
 */
const SLAB_BYTES = 16 << 10;
/** Larger pieces get memory of their own. */
const PIECE_BYTES_MAX = SLAB_BYTES >> 2;

/** Hands out uninitialised buffers. */
export class BytePool {
  #slab = Buffer.alloc(0);
  #at = 0;

  allocate(bytes: number): Buffer {
    if (bytes > PIECE_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (this.#at + bytes > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#at = 0;
    }
    const piece = this.#slab.subarray(this.#at, this.#at + bytes);
    // Aligned, as an allocation would be.
    this.#at = (this.#at + bytes + 7) & ~7;
    return piece;
  }

  /** A copy that keeps nothing else alive. */
  copy(bytes: Buffer): Buffer {
    const copy = this.allocate(bytes.length);
    bytes.copy(copy);
    return copy;
  }
}
