/**
 * The client certificate of each connection, read when its first request comes and kept as long as the
 * connection.
 */
import type { TLSSocket } from "node:tls";
import { type CertifiedSocket, type ClientCertificate, readClientCertificate } from "@quorate/access";
import type { Exchange } from "../exchange.ts";

/** Reads the certificate of a connection once; forgotten with the connection. */
export class ConnectionCertificates {
  readonly #known = new WeakMap<object, { readonly certificate: ClientCertificate | undefined }>();

  of(exchange: Exchange): ClientCertificate | undefined {
    const session = exchange.stream?.session;
    const connection = session ?? exchange.request.socket;
    // A session that is gone can't be asked any more; its requests are not answered either.
    if (connection === undefined || connection === null) return undefined;
    let known = this.#known.get(connection);
    if (known === undefined) {
      const socket = (session?.socket ?? exchange.request.socket) as TLSSocket as CertifiedSocket;
      known = { certificate: readClientCertificate(socket) };
      this.#known.set(connection, known);
    }
    return known.certificate;
  }
}
