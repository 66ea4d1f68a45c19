/**
 * A call, whichever way it came in: gRPC and the JSON gateway run the same handlers. A handler rejects with
 * anything; `rpcErrorOf` finds what the client is told.
 */

/** What a handler may know of its call. */
export interface RpcCall {
  /** The method as "package.Service/Method". */
  readonly method: string;
  /** Milliseconds that the client still waits; undefined where it does not say. */
  readonly timeoutMs: number | undefined;
  /** The common name of the client's verified certificate. */
  readonly certificateName: string | undefined;
  /** Aborted when the client goes away or the call is over. */
  readonly signal: AbortSignal;
  /** The first value of a header of the request. */
  header(name: string): string | undefined;
}

/** The two directions of a streaming call. */
export interface MessageStream<Request, Response> {
  /** Ends when the client has said all it will. */
  readonly requests: AsyncIterable<Request>;
  /** Sends a message, or its encoded bytes; false: better wait for `drained` before the next. */
  send(message: Response | Uint8Array): boolean;
  /** Resolves when there is room again, or when the client is gone. */
  drained(): Promise<void>;
}

/** One question, one answer. */
export interface UnaryHandler {
  readonly kind: "unary";
  handle(request: never, call: RpcCall): Promise<unknown>;
}

/** Messages both ways; the call is over when the promise settles. */
export interface StreamHandler {
  readonly kind: "stream";
  handle(stream: MessageStream<never, unknown>, call: RpcCall): Promise<void>;
}

/** Handlers of one service by method. */
export type ServiceHandlers = Readonly<Record<string, UnaryHandler | StreamHandler>>;

/** A handler of one question. */
export function unary<Request, Response>(
  handle: (request: Request, call: RpcCall) => Promise<Response>,
): UnaryHandler {
  return { kind: "unary", handle: handle as UnaryHandler["handle"] };
}

/** A handler of a stream. */
export function streaming<Request, Response>(
  handle: (stream: MessageStream<Request, Response>, call: RpcCall) => Promise<void>,
): StreamHandler {
  return { kind: "stream", handle: handle as unknown as StreamHandler["handle"] };
}

/** The only message of a call whose requests do not stream. */
export async function onlyRequest<Request>(stream: MessageStream<Request, unknown>): Promise<Request> {
  for await (const request of stream.requests) return request;
  throw new Error("the call has no message");
}
