/**
 * The frames of a batch of events as one buffer. Watchers of the same objects that are woken together take
 * the same frames: they share the buffer.
 */

interface Joined {
  readonly frames: readonly Buffer[];
  readonly bytes: Buffer;
}

/** Only the last one: those who share it come one after the other. */
let last: Joined = { frames: [], bytes: Buffer.alloc(0) };

/** `length` is the sum over all frames. The buffer is shared: it must not be changed. */
export function joinFrames(frames: readonly Buffer[], length: number): Buffer {
  if (!isSame(frames, last.frames)) last = { frames: [...frames], bytes: Buffer.concat(frames, length) };
  return last.bytes;
}

function isSame(frames: readonly Buffer[], others: readonly Buffer[]): boolean {
  if (frames.length !== others.length) return false;
  for (let i = 0; i < frames.length; i++) if (frames[i] !== others[i]) return false;
  return true;
}
