/**
 * One request and the way of its answer, whichever protocol carries them. The chain, the verbs and koa see
 * nothing else of a connection.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

/** Where the bytes of an answer go. Node's response is one. */
export interface AnswerSink {
  /** Nothing is taken any more: the answer is out, or the client gone. */
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** The writer is to wait for `drain`. */
  readonly writableNeedDrain: boolean;
  /** The bytes are the sink's until `written` is called. False: wait for `drain`. */
  write(bytes: Buffer, written?: (error?: Error | null) => void): boolean;
  end(bytes?: Buffer): void;
  on(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

/** Who takes a request's body. */
export interface BodyListener {
  data(chunk: Buffer): void;
  end(): void;
  /** The client broke off. */
  broken(): void;
}

/** A request as its connection knows it. */
export interface RequestStream {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
  readonly sink: AnswerSink;
  /** More of the body is to come. */
  readonly isBodyPending: boolean;
  /** Hands the body on as it comes; at most once. Tells a client that waits for it to go on (100). */
  readBody(listener: BodyListener): void;
  /** The rest of a body that nobody wants is not taken: what carries it is closed once the answer is out. */
  refuseBody(): void;
  /** False where an answer was begun already or the client is gone. `isWhole`: there is no body. */
  respond(status: number, headers: OutgoingHttpHeaders, isWhole: boolean): boolean;
  /** Ends the part of the connection that belongs to this request. */
  abort(): void;
  /** No other request is taken on this connection, where the protocol can say so. */
  closeConnection(): void;
}
