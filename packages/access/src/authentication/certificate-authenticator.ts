/**
 * Users by client certificate: the common name is the user, the organizations are the groups. One UserInfo a
 * certificate object, so that the requests of a connection share it.
 */
import type { Clock } from "@quorate/base";
import type { Authenticator, ClientCertificate, Credentials } from "./authenticator.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "./user-info.ts";

const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/** Recognises verified client certificates with a common name. */
export class CertificateAuthenticator implements Authenticator {
  readonly #clock: Clock;
  readonly #users = new WeakMap<ClientCertificate, UserInfo>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A certificate that has expired since the handshake is refused like one that never verified. */
  authenticate({ certificate }: Credentials): UserInfo | undefined {
    if (certificate === undefined || certificate.commonName === "") return undefined;
    const now = this.#clock.wallMs();
    if (now >= certificate.notAfterMs || now < certificate.notBeforeMs) return undefined;
    let user = this.#users.get(certificate);
    if (user === undefined) {
      user = userOf(certificate);
      this.#users.set(certificate, user);
    }
    return user;
  }
}

function userOf(certificate: ClientCertificate): UserInfo {
  const groups = [...certificate.organizations];
  if (!groups.includes(AUTHENTICATED_GROUP)) groups.push(AUTHENTICATED_GROUP);
  return {
    name: certificate.commonName,
    uid: certificate.uid,
    groups,
    extra: { [CREDENTIAL_ID]: [`X509SHA256=${certificate.sha256}`] },
  };
}
