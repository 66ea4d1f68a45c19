/**
 * Lets a user act as another where it is allowed to, for everything that the headers name; 403 where it is
 * not.
 */
import { type Authorizer, forbiddenRequest, impersonates, parseImpersonation } from "@quorate/access";
import type { Exchange } from "../exchange.ts";
import type { Filter } from "./filter.ts";

/** Replaces the user of an exchange. */
export class ImpersonationFilter implements Filter {
  readonly name = "impersonation";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  apply(exchange: Exchange): void | Promise<void> {
    if (impersonates(exchange.headers)) return this.#impersonate(exchange);
  }

  async #impersonate(exchange: Exchange): Promise<void> {
    const { user, required } = parseImpersonation(exchange.headers);
    const requester = exchange.user!;
    for (const wanted of required) {
      const { decision, reason } = await this.#authorizer.authorize(requester, wanted);
      if (decision !== "allow") throw forbiddenRequest(requester, wanted, reason);
    }
    exchange.user = user;
  }
}
