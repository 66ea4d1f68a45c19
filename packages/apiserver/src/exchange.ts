/**
 * One request and its one answer, for HTTP/2 and HTTP/1.1 alike. Filters fill in what they find out (info,
 * user, audit id); whoever answers first wins, and later answers are dropped, so that a deadline may answer
 * over a slow handler.
 *
 * Answers are written to the HTTP/2 stream itself: the compatibility response costs a third of a small
 * request.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";
import type { UserInfo } from "@quorate/access";
import type { ResourceTable } from "@quorate/schema";
import type { Context } from "koa";
import type { StreamRequest, StreamResponse } from "./front-door.ts";
import type { RequestInfo } from "./request/request-info.ts";
import { RequestQuery } from "./request/request-query.ts";

/** Bound: bytes of all Warning headers of an answer. */
const WARNING_BYTES_MAX = 4096;

/** A request with its answer: made when the request comes, done when the answer is out or the client gone. */
export class Exchange {
  readonly context: Context;
  readonly request: IncomingMessage | StreamRequest;
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Absent for HTTP/1.1. */
  readonly stream: ServerHttp2Stream | undefined;
  path = "";
  query: RequestQuery = RequestQuery.empty;
  info!: RequestInfo;
  user: UserInfo | undefined;
  /** Once the path is known to name a resource that is served. */
  resource: ResourceTable | undefined;
  /** Counted by the metrics as begun. */
  isCounted = false;
  auditId = "";
  /** Monotonic milliseconds; Infinity for watches and tunnels. */
  deadlineAt = Number.POSITIVE_INFINITY;
  /** 0 until answered. */
  statusCode = 0;
  bytesSent = 0;
  readonly #response: ServerResponse | StreamResponse;
  #warnings: Set<string> | undefined;
  #warningBytes = 0;

  constructor(context: Context, startedAt: number) {
    this.context = context;
    this.request = context.req as unknown as IncomingMessage | StreamRequest;
    this.#response = context.res as unknown as ServerResponse | StreamResponse;
    this.stream = "stream" in this.#response ? this.#response.stream : undefined;
    // Streams that a client or a deadline breaks off are no error of ours; who writes to one sees it closed.
    this.stream?.on("error", ignore);
    this.method = this.request.method ?? "";
    this.headers = this.request.headers;
    this.startedAt = startedAt;
  }

  get isAnswered(): boolean {
    return this.statusCode !== 0;
  }

  /** The client has gone away, or the answer is out. */
  get isClosed(): boolean {
    return this.sink.destroyed;
  }

  /** Where the answer's bytes go; for who must know when the client leaves. */
  get sink(): Writable {
    return this.stream ?? (this.#response as ServerResponse);
  }

  /** More of the request's body is to come. */
  get isBodyPending(): boolean {
    const { stream } = this;
    if (stream !== undefined) return !stream.endAfterHeaders && !stream.readableEnded && !stream.destroyed;
    return !(this.request as IncomingMessage).complete;
  }

  /** The rest of a body that nobody wants is not taken: what carries it is closed once the answer is out. */
  refuseBody(): void {
    if (!this.isBodyPending) return;
    const { stream, request } = this;
    const close = () => (stream === undefined ? closeSocketOf(request as IncomingMessage) : stream.close());
    if (this.sink.writableFinished) close();
    else this.sink.once("finish", close);
  }

  /** Adds a Warning header; equal texts are said once, and not more than 4 KiB in all. */
  warn(text: string): void {
    this.#warnings ??= new Set();
    if (this.#warnings.has(text) || this.#warningBytes + text.length > WARNING_BYTES_MAX) return;
    this.#warningBytes += text.length;
    this.#warnings.add(text);
  }

  /** Sends the whole answer. Does nothing where one was sent already or the client is gone. */
  answer(status: number, contentType: string, body: Buffer, extra?: OutgoingHttpHeaders): void {
    if (this.isAnswered) return;
    const headers = this.#headers(contentType, extra);
    headers["content-length"] = body.length;
    this.bytesSent = body.length;
    const isEmpty = this.method === "HEAD" || body.length === 0;
    if (!this.#respond(status, headers, isEmpty) || isEmpty) return;
    this.sink.end(body);
  }

  /** An answer without a body: 304, 301. */
  answerEmpty(status: number, extra?: OutgoingHttpHeaders): void {
    if (this.isAnswered) return;
    this.#respond(status, this.#headers("", extra), true);
  }

  /**
   * Sends status and headers and gives the stream for the body, which the caller ends. undefined where an
   * answer was sent already or the client is gone.
   */
  begin(status: number, contentType: string, extra?: OutgoingHttpHeaders): Writable | undefined {
    if (this.isAnswered) return undefined;
    if (!this.#respond(status, this.#headers(contentType, extra), false)) return undefined;
    return this.sink;
  }

  /** Ends the connection's part that belongs to this request, without an answer or in the middle of one. */
  abort(): void {
    if (this.statusCode === 0) this.statusCode = -1;
    if (this.stream !== undefined) this.stream.close(2);
    else this.sink.destroy();
  }

  #respond(status: number, headers: OutgoingHttpHeaders, isEmpty: boolean): boolean {
    this.statusCode = status;
    const { stream } = this;
    if (stream === undefined) {
      const response = this.#response as ServerResponse;
      if (response.destroyed || response.headersSent) return false;
      response.writeHead(status, headers);
      if (isEmpty) response.end();
      else response.flushHeaders();
      return true;
    }
    if (stream.destroyed || stream.closed || stream.headersSent) return false;
    headers[":status"] = status;
    stream.respond(headers, isEmpty ? { endStream: true } : undefined);
    return true;
  }

  #headers(contentType: string, extra: OutgoingHttpHeaders | undefined): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = {
      "audit-id": this.auditId,
      "cache-control": "no-cache, private",
    };
    if (contentType !== "") headers["content-type"] = contentType;
    // A header of its own for each, which the type of a single-valued header does not know.
    if (this.#warnings !== undefined) {
      (headers as Record<string, unknown>)["warning"] = [...this.#warnings].map(warningHeader);
    }
    return extra === undefined ? headers : Object.assign(headers, extra);
  }
}

/** RFC 7234 warn-code 299 with a quoted text; bytes that a header can't carry are written as escapes. */
function warningHeader(text: string): string {
  const quoted = text.replace(/[\\"]/g, "\\$&").replace(/[^\x20-\x7e]/g, (char) => encodeURIComponent(char));
  return `299 - "${quoted}"`;
}

function ignore(): void {}

/**
 * Node tells a request that has been answered nothing of its socket's end: whoever reads its body has to be
 * told.
 */
function closeSocketOf(request: IncomingMessage): void {
  request.socket.once("close", () => request.destroy());
  request.socket.destroySoon();
}
