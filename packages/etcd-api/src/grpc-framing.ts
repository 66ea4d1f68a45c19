/** The bytes of gRPC: messages with their length before them, and the header blocks of answers. */
import { gunzip } from "node:zlib";
import { type H2Stream, HeaderBlock } from "@quorate/http2";
import { GRPC, RpcError } from "./rpc-error.ts";

const HEAD_BYTES = 5;
const NO_BYTES = Buffer.alloc(0);

/** `:status: 200` and the content type. */
export const HEADERS_BLOCK = refusalBlock(200);

/** The head of an answer to what is no gRPC. */
export function refusalBlock(status: number): Buffer {
  return new HeaderBlock().begin(status).field("content-type", "application/grpc").copy();
}

/** What ends an answer. */
export function trailersBlock(code: number, message: string): Buffer {
  const block = new HeaderBlock().clear().field("grpc-status", String(code));
  if (message !== "") block.field("grpc-message", percentEncode(message));
  return block.copy();
}

/** As gRPC wants its messages: printable ASCII as it is, all else as %XX of its UTF-8. */
function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    if (byte >= 0x20 && byte <= 0x7e && byte !== 0x25) encoded += String.fromCharCode(byte);
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** From here on a copy costs more than another write. */
const COPY_BYTES_MAX = 16 * 1024;

/** Sends a message on a stream; its bytes are the stream's then. False: better wait. */
export function sendMessage(stream: H2Stream, message: Buffer): boolean {
  if (message.length < COPY_BYTES_MAX) return stream.send(frameMessage(message));
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head[0] = 0;
  head.writeUInt32BE(message.length, 1);
  stream.send(head);
  return stream.send(message);
}

/** A message behind its head. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEAD_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEAD_BYTES);
  return framed;
}

/**
 * Puts the messages of a request together. Compressed ones are opened on the thread pool, so those behind
 * them wait.
 *
 * Bound: no message is larger than `bytesMax`, compressed or not.
 */
export class MessageAssembler {
  readonly #stream: H2Stream;
  readonly #bytesMax: number;
  readonly #encoding: string | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #opening = Promise.resolve();
  #isOpening = false;
  #isPaused = false;
  #unreturned = 0;

  constructor(stream: H2Stream, bytesMax: number, encoding: string | undefined) {
    this.#stream = stream;
    this.#bytesMax = bytesMax;
    this.#encoding = encoding;
  }

  /** Hands on the messages that are whole now. Throws what ends the call. */
  push(chunk: Buffer, take: (message: Buffer) => void): void {
    if (this.#isPaused) this.#unreturned += chunk.length;
    else this.#stream.consumed(chunk.length);
    let bytes = chunk;
    if (this.#heldBytes > 0) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes < this.#wanted()) return;
      bytes = Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
    }
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = this.#lengthAt(bytes, at);
      if (bytes.length - at < HEAD_BYTES + length) break;
      this.#take(bytes[at]!, bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length), take);
      at += HEAD_BYTES + length;
    }
    if (at < bytes.length) {
      this.#held.push(bytes.subarray(at));
      this.#heldBytes = bytes.length - at;
    }
  }

  /** While paused, the client gets no room for more. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (isPaused || this.#unreturned === 0) return;
    this.#stream.consumed(this.#unreturned);
    this.#unreturned = 0;
  }

  /** The request is complete: goes on when all its messages are open, or fails. */
  finish(done: () => void, failed: (error: unknown) => void): void {
    if (this.#heldBytes > 0) {
      failed(new RpcError(GRPC.INTERNAL, "the request ends within a message"));
      return;
    }
    if (!this.#isOpening) {
      done();
      return;
    }
    this.#opening.then(done).catch(failed);
  }

  /** How many bytes make the message whole that has begun. */
  #wanted(): number {
    const [first] = this.#held;
    if (!first || first.length >= HEAD_BYTES) return first ? HEAD_BYTES + this.#lengthAt(first, 0) : 0;
    if (this.#heldBytes < HEAD_BYTES) return HEAD_BYTES;
    this.#held = [Buffer.concat(this.#held)];
    return HEAD_BYTES + this.#lengthAt(this.#held[0]!, 0);
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32BE(at + 1);
    if (length > this.#bytesMax) throw tooLarge(length, this.#bytesMax);
    return length;
  }

  #take(flag: number, message: Buffer, take: (message: Buffer) => void): void {
    if (flag > 1) throw new RpcError(GRPC.INTERNAL, `grpc: a message has the unknown flag ${flag}`);
    if (flag === 0 && !this.#isOpening) {
      take(message);
      return;
    }
    if (
      flag === 1 &&
      this.#encoding !== "gzip" &&
      this.#encoding !== undefined &&
      this.#encoding !== "identity"
    ) {
      const text = `grpc: Decompressor is not installed for grpc-encoding "${this.#encoding}"`;
      throw new RpcError(GRPC.UNIMPLEMENTED, text);
    }
    if (flag === 1 && this.#encoding !== "gzip") {
      throw new RpcError(GRPC.INTERNAL, "grpc: compressed flag set with identity or empty encoding");
    }
    this.#isOpening = true;
    const kept = Buffer.from(message);
    this.#opening = this.#opening.then(async () => take(flag === 0 ? kept : await this.#open(kept)));
    // Told by `finish`, or never where the client does not end its request.
    this.#opening.catch(() => {});
  }

  #open(message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      gunzip(message, { maxOutputLength: this.#bytesMax }, (error, bytes) => {
        if (!error) resolve(bytes ?? NO_BYTES);
        else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
          reject(tooLarge(this.#bytesMax + 1, this.#bytesMax));
        } else
          reject(new RpcError(GRPC.INTERNAL, `grpc: failed to decompress the message: ${error.message}`));
      });
    });
  }
}

function tooLarge(bytes: number, bytesMax: number): RpcError {
  const text = `grpc: received message larger than max (${bytes} vs. ${bytesMax})`;
  return new RpcError(GRPC.RESOURCE_EXHAUSTED, text);
}
