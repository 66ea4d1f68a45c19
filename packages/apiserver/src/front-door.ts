/**
 * The koa application. Koa's own answering is left out, because it costs more than the rest of a small
 * request: the chain has always answered. In the place of Node's request and response stands what the
 * connection made of a request.
 */
import type { Clock } from "@quorate/base";
import Koa, { type Context } from "koa";
import type { HandlerChain } from "./chain/handler-chain.ts";
import type { RequestStream } from "./connection/request-stream.ts";
import { Exchange } from "./exchange.ts";

type Middleware = (context: Context) => Promise<void>;

class FrontDoor extends Koa {
  /** What koa calls for each request: the chain never rejects and has always answered. */
  handleRequest(context: Context, run: Middleware): Promise<void> {
    return run(context);
  }
}

/** koa's request handler with the chain behind it. */
export function frontDoor(chain: HandlerChain, clock: Clock): (request: RequestStream) => void {
  const app = new FrontDoor();
  app.use((context) => {
    context.respond = false;
    return chain.run(new Exchange(context, clock.now()));
  });
  const handle = app.callback();
  return (request) => void handle(request as never, request as never);
}
