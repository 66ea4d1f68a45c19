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
    const { socket } = exchange.request;
    let known = this.#known.get(socket);
    if (known === undefined) {
      // A connection that is gone can't be asked any more; its requests are not answered either.
      if (socket.destroyed) return undefined;
      known = { certificate: readClientCertificate(socket as TLSSocket as CertifiedSocket) };
      this.#known.set(socket, known);
    }
    return known.certificate;
  }
}
