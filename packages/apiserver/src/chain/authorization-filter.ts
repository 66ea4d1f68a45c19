/** Asks the authorizer; 403 with the reference's text unless it allows. */
import { type AccessAnswer, type Authorizer, forbiddenRequest } from "@quorate/access";
import type { Exchange } from "../exchange.ts";
import type { Filter } from "./filter.ts";

/** Lets through what the user may do. */
export class AuthorizationFilter implements Filter {
  readonly name = "authorization";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  apply(exchange: Exchange): void | Promise<void> {
    const answer = this.#authorizer.authorize(exchange.user!, exchange.info);
    if (answer instanceof Promise) return answer.then((later) => require(exchange, later));
    return require(exchange, answer);
  }
}

function require(exchange: Exchange, answer: AccessAnswer): void {
  if (answer.decision === "allow") return;
  throw forbiddenRequest(exchange.user!, exchange.info, answer.reason);
}
