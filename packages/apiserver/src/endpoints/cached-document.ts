/**
 * A document that changes seldom: its bytes, its strong ETag (SHA-512 of the bytes, as the reference's) and
 * how it is answered: 304 where the client has it, compressed where it is worth it.
 */
import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { constants, gzip } from "node:zlib";
import type { Exchange } from "../exchange.ts";
import { takesGzip } from "../response/send-chunks.ts";

/** Documents are compressed once, so a smaller one pays too. */
const GZIP_THRESHOLD_BYTES = 16 * 1024;

/** Immutable; compressed when first asked for so. */
export class CachedDocument {
  readonly body: Buffer;
  readonly contentType: string;
  /** Upper-case hex, without quotes. */
  readonly hash: string;
  #compressed: Promise<Buffer> | undefined;

  constructor(body: Buffer, contentType: string) {
    this.body = body;
    this.contentType = contentType;
    this.hash = createHash("sha512").update(body).digest("hex").toUpperCase();
  }

  async send(exchange: Exchange, extra: OutgoingHttpHeaders = {}): Promise<void> {
    const etag = `"${this.hash}"`;
    const headers: OutgoingHttpHeaders = { etag, vary: "Accept, Accept-Encoding", ...extra };
    if (holdsTag(exchange.headers["if-none-match"], etag)) {
      exchange.answerEmpty(304, headers);
      return;
    }
    if (!takesGzip(exchange, this.body.length, GZIP_THRESHOLD_BYTES)) {
      exchange.answer(200, this.contentType, this.body, headers);
      return;
    }
    this.#compressed ??= compress(this.body);
    headers["content-encoding"] = "gzip";
    exchange.answer(200, this.contentType, await this.#compressed, headers);
  }
}

function holdsTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((item) => {
    const tag = item.trim().replace(/^W\//, "");
    return tag === "*" || tag === etag;
  });
}

function compress(body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(body, { level: constants.Z_DEFAULT_COMPRESSION }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    );
  });
}
