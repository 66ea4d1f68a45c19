/**
 * Frames on a peer connection: length of the body (4 bytes), kind (1 byte), body. A connection opens with
 * `hello`, which says who speaks to whom, and is answered by `welcome` or by `refuse` with the reason.
 *
 * Bound: FRAME_BYTES_MAX; whoever announces more is cut off before it is buffered.
 */
import { CodedError } from "@quorate/base";
import type { MemberId } from "@quorate/raft";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { PeerRefusal } from "./peer-transport.ts";

/** Members of different protocols refuse each other. */
export const PEER_PROTOCOL_VERSION = 1;
/** Larger than any batch of messages that raft's limits allow. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const HEADER_BYTES = 5;

/** The kinds of frames. */
export const FRAME = {
  hello: 1,
  welcome: 2,
  refuse: 3,
  messages: 4,
  snapshotHead: 5,
  snapshotChunk: 6,
  snapshotEnd: 7,
  snapshotDone: 8,
  snapshotFailed: 9,
  /** In the place of a hello: who belongs to the cluster? Answered by `description`. */
  describe: 10,
  description: 11,
  /** A call of an operator, the chunks that it gives, and its answer. */
  controlAsk: 12,
  controlChunk: 13,
  controlAnswer: 14,
  /** How many chunks the receiver has, when a connection begins; and how many it has taken, meanwhile. */
  snapshotResume: 15,
  snapshotAck: 16,
  /** Is the other end still there? Answered by `pong`. */
  ping: 17,
  pong: 18,
} as const;

/** Who speaks to whom, and what for. */
export interface Hello {
  readonly protocol: number;
  readonly clusterId: bigint;
  readonly from: MemberId;
  readonly to: MemberId;
  /** `control` is an operator, who is no member: cluster and ids count for nothing. */
  readonly purpose: "messages" | "snapshot" | "control";
  /** Of the data directory of `from`; 0n where it has none. */
  readonly directoryId: bigint;
}

const PURPOSES: readonly Hello["purpose"][] = ["messages", "snapshot", "control"];
const REFUSALS: readonly PeerRefusal[] = [
  "CLUSTER_MISMATCH",
  "MEMBER_MISMATCH",
  "MEMBER_REMOVED",
  "PROTOCOL_MISMATCH",
  "DIRECTORY_REPLACED",
];

/** A whole frame whose body `write` writes. */
export function encodeFrame(kind: number, write?: (writer: ByteWriter) => void): Buffer {
  const w = new ByteWriter();
  w.uint32(0);
  w.byte(kind);
  write?.(w);
  const frame = w.take();
  frame.writeUInt32LE(frame.length - HEADER_BYTES, 0);
  return frame;
}

/** The frame of a hello. */
export function encodeHello(hello: Hello): Buffer {
  return encodeFrame(FRAME.hello, (w) => {
    w.uint32(hello.protocol);
    w.id(hello.clusterId);
    w.id(hello.from);
    w.id(hello.to);
    w.name(PURPOSES, hello.purpose);
    w.id(hello.directoryId);
  });
}

/** Reads a hello; throws MALFORMED_FRAME on anything else. */
export function readHello(r: ByteReader): Hello {
  const [protocol, clusterId, from, to] = [r.uint32(), r.id(), r.id(), r.id()];
  return { protocol, clusterId, from, to, purpose: r.name(PURPOSES), directoryId: r.id() };
}

/** The frame of a refusal. */
export function encodeRefusal(refusal: PeerRefusal, reason: string): Buffer {
  return encodeFrame(FRAME.refuse, (w) => {
    w.name(REFUSALS, refusal);
    w.text(reason);
  });
}

/** Reads a refusal; throws MALFORMED_FRAME on anything else. */
export function readRefusal(r: ByteReader): { readonly refusal: PeerRefusal; readonly reason: string } {
  return { refusal: r.name(REFUSALS), reason: r.text() };
}

/** Cuts a stream of bytes into frames. */
export class FrameParser {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Calls `frame` for each frame that `chunk` completes. Throws MALFORMED_FRAME on one that is too large. */
  push(chunk: Buffer, frame: (kind: number, body: ByteReader, bodyBytes: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= HEADER_BYTES) {
      const head = this.#front(HEADER_BYTES);
      const length = head.readUInt32LE(0);
      if (length > FRAME_BYTES_MAX) {
        throw new CodedError("MALFORMED_FRAME", `malformed frame: it announces ${length} bytes`);
      }
      if (this.#bytes < HEADER_BYTES + length) return;
      const whole = this.#front(HEADER_BYTES + length);
      const body = whole.subarray(HEADER_BYTES, HEADER_BYTES + length);
      this.#consume(HEADER_BYTES + length);
      frame(whole[4]!, new ByteReader(body), body);
    }
  }

  /** A buffer that starts at the read position and holds at least `bytes`. */
  #front(bytes: number): Buffer {
    const first = this.#chunks[0]!;
    if (first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = [joined];
    return joined;
  }

  #consume(bytes: number): void {
    const first = this.#chunks[0]!;
    this.#bytes -= bytes;
    if (first.length === bytes) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(bytes);
  }
}
