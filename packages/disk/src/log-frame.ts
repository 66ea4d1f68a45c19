/**
 * Frames: what one durable batch looks like in a log segment, and how the end of a segment is told from
 * damage.
 *
 *   0 payload crc32 | 4 payload length | 8 header crc of the frame before | 12 sequence in the segment, from 1
 *   16 segment number | 20 empty sectors from the payload on | 24 crc32 of the 24 bytes before | 28 payload
 *   zeros up to 8n-1 | 0xA5
 *
 * A frame is written by one write, and the next only after it is durable. So whatever a crash leaves of the
 * last frame is a prefix of it, or lacks whole sectors: that is a torn tail, never acknowledged, and is cut.
 * A sector that is missing reads as zeros, as does one that was written so: the header says how many were.
 * A frame which does not match and can't be explained so, or which a later good frame follows, is damage.
 */
import { crc32 } from "node:zlib";

/** Where the payload of a frame starts. */
export const FRAME_HEADER_BYTES = 28;
const TRAILER = 0xa5;
const SECTOR_BYTES = 512;

/** Where a frame stands: the chain value and numbers that it must carry. */
export interface FrameLink {
  readonly segment: number;
  readonly sequence: number;
  readonly previousCrc: number;
}

/** What stands at a position of a segment. */
export type FrameRead =
  | { readonly kind: "frame"; readonly payload: Buffer; readonly end: number; readonly crc: number }
  /** Nothing but zeros, or a write that did not finish: the log ends here. */
  | { readonly kind: "end"; readonly torn: boolean }
  | { readonly kind: "damaged"; readonly reason: string };

/** Bytes that a payload of `length` takes on disk. */
export function frameBytes(length: number): number {
  return (FRAME_HEADER_BYTES + length + 1 + 7) & ~7;
}

/**
 * Completes a frame whose payload lies at FRAME_HEADER_BYTES of `frame` and that is written at `position` of
 * its segment; returns its chain value.
 */
export function sealFrame(frame: Buffer, length: number, link: FrameLink, position: number): number {
  const payloadEnd = FRAME_HEADER_BYTES + length;
  frame.fill(0, payloadEnd);
  frame[frame.length - 1] = TRAILER;
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEADER_BYTES, payloadEnd)), 0);
  frame.writeUInt32LE(length, 4);
  frame.writeUInt32LE(link.previousCrc, 8);
  frame.writeUInt32LE(link.sequence, 12);
  frame.writeUInt32LE(link.segment, 16);
  frame.writeUInt32LE(emptySectors(frame, FRAME_HEADER_BYTES, frame.length, position), 20);
  const crc = crc32(frame.subarray(0, 24));
  frame.writeUInt32LE(crc, 24);
  return crc;
}

function isZero(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Of how many of the sectors that [start, end) touches it holds only zeros; `bytes` stand at `position`. */
function emptySectors(bytes: Buffer, start: number, end: number, position = 0): number {
  let count = 0;
  for (let at = start; at < end; ) {
    const next = Math.min(end, at + SECTOR_BYTES - ((position + at) % SECTOR_BYTES));
    if (isZero(bytes, at, next)) count++;
    at = next;
  }
  return count;
}

/** The CRC of the frame's header, which is its chain value. */
function headerCrc(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 24);
}

function isWholeHeader(bytes: Buffer, at: number): boolean {
  return crc32(bytes.subarray(at, at + 24)) === headerCrc(bytes, at);
}

function isWholeBody(bytes: Buffer, at: number, length: number, end: number): boolean {
  const payloadEnd = at + FRAME_HEADER_BYTES + length;
  if (bytes[end - 1] !== TRAILER || !isZero(bytes, payloadEnd, end - 1)) return false;
  return crc32(bytes.subarray(at + FRAME_HEADER_BYTES, payloadEnd)) === bytes.readUInt32LE(at);
}

/** Whether a good frame with a sequence above `sequence` starts anywhere in [from, bytes.length). */
function hasLaterFrame(bytes: Buffer, from: number, link: FrameLink): boolean {
  for (let at = from; at + FRAME_HEADER_BYTES < bytes.length; at += 8) {
    if (bytes.readUInt32LE(at + 16) !== link.segment) continue;
    if (bytes.readUInt32LE(at + 12) <= link.sequence || !isWholeHeader(bytes, at)) continue;
    const length = bytes.readUInt32LE(at + 4);
    const end = at + frameBytes(length);
    if (end <= bytes.length && isWholeBody(bytes, at, length, end)) return true;
  }
  return false;
}

function judge(bytes: Buffer, at: number, link: FrameLink, torn: boolean, reason: string): FrameRead {
  if (!torn) return { kind: "damaged", reason };
  if (hasLaterFrame(bytes, at + 8, link))
    return { kind: "damaged", reason: `${reason}, and later records follow` };
  return { kind: "end", torn: true };
}

/**
 * The payload of a frame that is read by itself; undefined where it is not, whole, the one with this chain
 * value.
 */
export function payloadOf(frame: Buffer, crc: number): Buffer | undefined {
  if (frame.length < frameBytes(0) || !isWholeHeader(frame, 0) || headerCrc(frame, 0) !== crc)
    return undefined;
  const length = frame.readUInt32LE(4);
  if (frameBytes(length) !== frame.length || !isWholeBody(frame, 0, length, frame.length)) return undefined;
  return frame.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length);
}

/** Reads the frame at `at` of a whole segment. The payload is a view into `bytes`. */
export function readFrame(bytes: Buffer, at: number, link: FrameLink): FrameRead {
  const headerEnd = at + FRAME_HEADER_BYTES;
  if (headerEnd > bytes.length) return { kind: "end", torn: !isZero(bytes, at, bytes.length) };
  if (isZero(bytes, at, headerEnd)) {
    if (isZero(bytes, headerEnd, bytes.length)) return { kind: "end", torn: false };
    return judge(bytes, at, link, true, "a record's header is missing");
  }
  if (!isWholeHeader(bytes, at)) {
    const torn = isZero(bytes, headerEnd, bytes.length) || emptySectors(bytes, at, headerEnd) > 0;
    return judge(bytes, at, link, torn, "a record's header does not match its checksum");
  }
  const previous = bytes.readUInt32LE(at + 8);
  const [sequence, segment] = [bytes.readUInt32LE(at + 12), bytes.readUInt32LE(at + 16)];
  if (previous !== link.previousCrc || sequence !== link.sequence || segment !== link.segment) {
    return { kind: "damaged", reason: "a record does not follow the one before it" };
  }
  const length = bytes.readUInt32LE(at + 4);
  const end = at + frameBytes(length);
  if (end > bytes.length) return { kind: "end", torn: true };
  if (!isWholeBody(bytes, at, length, end)) {
    // Safety: a value may hold zeros, and its record's end may have rotted long after it was acknowledged.
    const torn = bytes[end - 1] === 0 || emptySectors(bytes, headerEnd, end) > bytes.readUInt32LE(at + 20);
    return judge(bytes, at, link, torn, "a record does not match its checksum");
  }
  const payload = bytes.subarray(headerEnd, headerEnd + length);
  return { kind: "frame", payload, end, crc: headerCrc(bytes, at) };
}
