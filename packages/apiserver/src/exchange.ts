/**
 * One request and its one answer, for HTTP/2 and HTTP/1.1 alike. Filters fill in what they find out (info,
 * user, audit id); whoever answers first wins, and later answers are dropped, so that a deadline may answer
 * over a slow handler.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { UserInfo } from "@quorate/access";
import type { ResourceTable } from "@quorate/schema";
import type { Context } from "koa";
import type { AnswerSink, RequestStream } from "./connection/request-stream.ts";
import type { RequestInfo } from "./request/request-info.ts";
import { RequestQuery } from "./request/request-query.ts";

/** Bound: bytes of all Warning headers of an answer. */
const WARNING_BYTES_MAX = 4096;

/** A request with its answer: made when the request comes, done when the answer is out or the client gone. */
export class Exchange {
  readonly context: Context;
  readonly request: RequestStream;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
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
  #warnings: Set<string> | undefined;
  #warningBytes = 0;

  constructor(context: Context, startedAt: number) {
    this.context = context;
    this.request = context.req as unknown as RequestStream;
    this.method = this.request.method;
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
  get sink(): AnswerSink {
    return this.request.sink;
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
  begin(status: number, contentType: string, extra?: OutgoingHttpHeaders): AnswerSink | undefined {
    if (this.isAnswered) return undefined;
    if (!this.#respond(status, this.#headers(contentType, extra), false)) return undefined;
    return this.sink;
  }

  /** Ends the connection's part that belongs to this request, without an answer or in the middle of one. */
  abort(): void {
    if (this.statusCode === 0) this.statusCode = -1;
    this.request.abort();
  }

  #respond(status: number, headers: OutgoingHttpHeaders, isEmpty: boolean): boolean {
    this.statusCode = status;
    return this.request.respond(status, headers, isEmpty);
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
