/**
 * Finds out who asks; 401 where nobody recognises the request, and the connection is not kept for the next
 * try.
 */
import type { Authenticator, UserInfo } from "@quorate/access";
import { unauthorized } from "@quorate/object";
import type { ConnectionCertificates } from "../connection/connection-certificates.ts";
import type { Exchange } from "../exchange.ts";
import type { Filter } from "./filter.ts";

/** Sets the user of an exchange, or refuses it. */
export class AuthenticationFilter implements Filter {
  readonly name = "authentication";
  readonly #authenticator: Authenticator;
  readonly #certificates: ConnectionCertificates;

  constructor(authenticator: Authenticator, certificates: ConnectionCertificates) {
    this.#authenticator = authenticator;
    this.#certificates = certificates;
  }

  apply(exchange: Exchange): void | Promise<void> {
    const answer = this.#authenticator.authenticate({
      certificate: this.#certificates.of(exchange),
      headers: exchange.headers,
      path: exchange.path,
    });
    if (answer instanceof Promise) return answer.then((user) => accept(exchange, user));
    return accept(exchange, answer);
  }
}

function accept(exchange: Exchange, user: UserInfo | undefined): void {
  if (user === undefined) {
    // Compat: like the reference, an unauthenticated client can't keep an HTTP/2 connection busy with refused
    // streams.
    exchange.request.closeConnection();
    throw unauthorized();
  }
  exchange.user = user;
}
