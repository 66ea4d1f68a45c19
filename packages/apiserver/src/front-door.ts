/**
 * The koa application. Two things of koa's are left out, because they cost more than the rest of a small
 * request: its own answering (the chain has always answered) and Node's compatibility objects for HTTP/2, in
 * whose place stand objects that hold nothing but the stream.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Clock } from "@quorate/base";
import Koa, { type Context } from "koa";
import type { HandlerChain } from "./chain/handler-chain.ts";
import { Exchange } from "./exchange.ts";

type Middleware = (context: Context) => Promise<void>;

/** The request of a stream, as far as koa and the chain look at it. */
export class StreamRequest {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly httpVersionMajor = 2;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
  }

  get method(): string {
    return this.headers[":method"] as string;
  }

  get url(): string {
    return (this.headers[":path"] as string | undefined) ?? "/";
  }

  get socket(): Socket | undefined {
    return this.stream.session?.socket;
  }
}

/** The response of a stream: answers are written to the stream itself. */
export class StreamResponse {
  readonly stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream;
  }
}

class FrontDoor extends Koa {
  /** What koa calls for each request: the chain never rejects and has always answered. */
  handleRequest(context: Context, run: Middleware): Promise<void> {
    return run(context);
  }
}

/** koa's request handler with the chain behind it. */
export function frontDoor(chain: HandlerChain, clock: Clock): ReturnType<Koa["callback"]> {
  const app = new FrontDoor();
  app.use((context) => {
    context.respond = false;
    return chain.run(new Exchange(context, clock.now()));
  });
  return app.callback();
}
