/**
 * Reads the client certificate of a TLS connection. Node has verified it against the client CA
 * (`requestCert`, not `rejectUnauthorized`): a certificate that does not verify counts as none, so that the
 * request gets a 401 Status and not a broken handshake.
 */
import type { TLSSocket } from "node:tls";
import type { ClientCertificate } from "./authenticator.ts";

const UID_ATTRIBUTE = "1.3.6.1.4.1.57683.2";

/** The part of a TLS socket that is read here; a socket behind an HTTP/2 session offers it too. */
export type CertifiedSocket = Pick<TLSSocket, "authorized" | "getPeerCertificate">;

/** undefined where there is no certificate, or none that the client CA vouches for. */
export function readClientCertificate(socket: CertifiedSocket): ClientCertificate | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  const subject = certificate?.subject as unknown as Record<string, string | string[]> | undefined;
  if (subject === undefined) return undefined;
  return {
    commonName: listOf(subject["CN"]).at(-1) ?? "",
    organizations: listOf(subject["O"]),
    uid: listOf(subject[UID_ATTRIBUTE])[0] ?? "",
    sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    notBeforeMs: Date.parse(certificate.valid_from),
    notAfterMs: Date.parse(certificate.valid_to),
  };
}

function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...value] : [value];
}
