/**
 * Turns whatever a filter or verb throws into a Status. A StatusError is an answer; anything else is a defect
 * of ours, logged with its stack and told to the client as a 500 without inner details.
 */
import { messageOf } from "@quorate/base";
import { internalError, StatusError } from "@quorate/object";
import type { Exchange } from "../exchange.ts";
import type { Log } from "../log.ts";
import { sendStatus } from "../response/send-status.ts";

/** The last that sees an error: after it, the exchange is answered. */
export class PanicGuard {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  handle(exchange: Exchange, error: unknown): void {
    if (exchange.isAnswered) {
      if (!(error instanceof StatusError)) this.#report(exchange, error);
      // Compat: an answer that breaks off in the middle must not look complete.
      if (!exchange.isClosed && !exchange.sink.writableEnded) exchange.abort();
      return;
    }
    if (error instanceof StatusError) {
      sendStatus(exchange, error);
      return;
    }
    this.#report(exchange, error);
    sendStatus(exchange, internalError(messageOf(error), { cause: error }));
  }

  #report(exchange: Exchange, error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log("error", "request failed", { method: exchange.method, path: exchange.path, error: stack });
  }
}
