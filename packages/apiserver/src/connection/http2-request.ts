/**
 * A request over HTTP/2. It is its own sink: a few fields and the stream, no Node stream, since making one
 * costs more than the rest of a small request.
 *
 * Bound: of a body that nobody reads yet the client sends no more than the stream's window.
 */
import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import {
  H2_ERROR,
  type H2Stream,
  type H2StreamListener,
  HeaderBlock,
  type HeaderField,
} from "@quorate/http2";
import { type RequestHead, readHead } from "./request-head.ts";
import type { AnswerSink, BodyListener, RequestStream } from "./request-stream.ts";

/** One for all: a block is copied when it is sent. */
const block = new HeaderBlock();

let dateSecond = 0;
let dateText = "";

/** Made for each head that has come. */
export class Http2Request extends EventEmitter implements RequestStream, AnswerSink, H2StreamListener {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly #stream: H2Stream;
  /** Bytes of the body that are still to come by the client's own word. */
  #announced: number | undefined;
  #hasResponded = false;
  #isEnded = false;
  #isBodyEnded = false;
  #isRefused = false;
  #held: Buffer[] | undefined;
  #body: BodyListener | undefined;

  private constructor(stream: H2Stream, head: RequestHead) {
    super();
    this.#stream = stream;
    this.method = head.method;
    this.url = head.path;
    this.headers = head.headers;
    this.#announced = head.contentLength;
    this.#isBodyEnded = stream.isRemoteClosed;
    stream.listener = this;
  }

  /** Undefined where the head is none: the stream has been reset then (RFC 9113, section 8.1.1). */
  static accept(stream: H2Stream, fields: readonly HeaderField[]): Http2Request | undefined {
    const head = readHead(fields);
    const isCut = stream.isRemoteClosed && head?.contentLength !== undefined && head.contentLength > 0;
    if (head !== undefined && !isCut) return new Http2Request(stream, head);
    stream.reset(H2_ERROR.PROTOCOL_ERROR);
    return undefined;
  }

  get socket(): Socket {
    return this.#stream.connection.socket;
  }

  get sink(): AnswerSink {
    return this;
  }

  get isBodyPending(): boolean {
    return !this.#isBodyEnded && !this.#stream.isClosed;
  }

  get destroyed(): boolean {
    return this.#stream.isClosed;
  }

  get writableEnded(): boolean {
    return this.#isEnded;
  }

  get writableNeedDrain(): boolean {
    return this.#stream.isBlocked;
  }

  readBody(listener: BodyListener): void {
    if (this.headers.expect === "100-continue" && !this.#hasResponded && this.isBodyPending) {
      this.#stream.inform(block.begin(100).view);
    }
    const held = this.#held;
    this.#held = undefined;
    this.#body = listener;
    if (held) for (const chunk of held) this.#take(listener, chunk);
    if (this.#isBodyEnded) listener.end();
    else if (this.#stream.isClosed) listener.broken();
  }

  refuseBody(): void {
    this.#isRefused = true;
    const held = this.#held;
    this.#held = undefined;
    if (held) for (const chunk of held) this.#stream.consumed(chunk.length);
  }

  respond(status: number, headers: OutgoingHttpHeaders, isWhole: boolean): boolean {
    if (this.#hasResponded || this.#stream.isClosed) return false;
    this.#hasResponded = true;
    block.begin(status);
    for (const name in headers) {
      const value = headers[name];
      if (Array.isArray(value)) for (const one of value) block.field(name, one);
      else if (value !== undefined) block.field(name, String(value));
    }
    block.field("date", dateNow());
    if (isWhole) this.#isEnded = true;
    this.#stream.respond(block.view, isWhole);
    return true;
  }

  write(bytes: Buffer, written?: () => void): boolean {
    return this.#stream.send(bytes, written);
  }

  end(bytes?: Buffer): void {
    this.#isEnded = true;
    this.#stream.end(bytes === undefined ? {} : { bytes });
  }

  abort(): void {
    this.#stream.reset(H2_ERROR.INTERNAL_ERROR);
  }

  closeConnection(): void {
    this.#stream.connection.goAway();
  }

  data(chunk: Buffer, isLast: boolean): void {
    if (this.#announced !== undefined) {
      this.#announced -= chunk.length;
      if (this.#announced < 0 || (isLast && this.#announced > 0)) {
        this.#stream.reset(H2_ERROR.PROTOCOL_ERROR);
        return;
      }
    }
    if (isLast) this.#isBodyEnded = true;
    const body = this.#body;
    if (this.#isRefused) this.#stream.consumed(chunk.length);
    else if (body) this.#take(body, chunk);
    else if (chunk.length > 0) {
      this.#held ??= [];
      this.#held.push(chunk);
    }
    if (isLast) body?.end();
  }

  closed(): void {
    this.#held = undefined;
    if (!this.#isBodyEnded) this.#body?.broken();
    this.emit("close");
  }

  drained(): void {
    this.emit("drain");
  }

  #take(body: BodyListener, chunk: Buffer): void {
    if (chunk.length === 0) return;
    body.data(chunk);
    this.#stream.consumed(chunk.length);
  }
}

/** The time as headers have it; seconds are all they have. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
