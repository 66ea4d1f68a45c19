/**
 * The Authenticator port: from what a connection and a request carry to a user. `undefined` means "these are
 * not my credentials"; the front door answers 401 where nobody recognises the request. Certificates are the
 * only credentials now; tokens join as further authenticators of the same list.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { UserInfo } from "./user-info.ts";

/** The verified certificate of a connection's client, read once when its first request comes. */
export interface ClientCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** From the subject attribute 1.3.6.1.4.1.57683.2; "" where absent. */
  readonly uid: string;
  /** Lower-case hex of the certificate's SHA-256. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** All that a request shows of who it comes from. */
export interface Credentials {
  /** Absent where the client sent none or one that does not verify against the client CA. */
  readonly certificate: ClientCertificate | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The decoded path of the request. */
  readonly path: string;
}

/** Tells who makes a request; must not answer for credentials that it does not know. */
export interface Authenticator {
  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** Asks each in turn; the first answer counts. */
export class AuthenticatorList implements Authenticator {
  readonly #members: readonly Authenticator[];

  constructor(members: readonly Authenticator[]) {
    this.#members = members;
  }

  authenticate(credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined> {
    return this.#from(0, credentials);
  }

  /** Stays synchronous as long as the members do. */
  #from(start: number, credentials: Credentials): UserInfo | undefined | Promise<UserInfo | undefined> {
    for (let i = start; i < this.#members.length; i++) {
      const answer = this.#members[i]!.authenticate(credentials);
      if (answer instanceof Promise) return answer.then((user) => user ?? this.#from(i + 1, credentials));
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
