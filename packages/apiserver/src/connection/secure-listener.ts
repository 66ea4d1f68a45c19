/**
 * The one HTTPS port: HTTP/2 and HTTP/1.1 by ALPN, client certificates asked for but not required (who has
 * none gets a 401 Status, not a broken handshake), every connection known and bounded.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { H2Connection, type H2ConnectionOptions } from "@quorate/http2";
import type { TlsMaterial } from "../api-server-options.ts";
import type { Limits } from "../limits.ts";
import { Http1Request } from "./http1-request.ts";
import { Http2Request } from "./http2-request.ts";
import type { RequestStream } from "./request-stream.ts";

/** Called for each request of either protocol. */
type RequestHandler = (request: RequestStream) => void;

/** How long a silent peer may hold a connection before the kernel asks whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** How often connections are looked at for headers that don't come. */
const CHECK_EVERY_MS = 5_000;
const LAST_WORDS_MS = 500;
const MEGABYTE = 1024 * 1024;
const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Owns the port and every connection on it. */
export class SecureListener {
  readonly #server: Server;
  readonly #http2: H2ConnectionOptions;
  readonly #connections = new Set<H2Connection>();
  readonly #sockets = new Set<Socket>();

  constructor(tls: TlsMaterial, limits: Limits, handler: RequestHandler) {
    this.#http2 = this.#http2Options(limits, handler);
    const server = createServer(
      {
        ...secureContext(tls),
        ALPNProtocols: ["h2", "http/1.1"],
        requestCert: true,
        rejectUnauthorized: false,
        handshakeTimeout: limits.handshakeTimeoutMs,
        // HTTP/1.1 only:
        maxHeaderSize: limits.headerBytesMax,
        keepAliveTimeout: limits.idleTimeoutMs,
        headersTimeout: limits.headersTimeoutMs,
        connectionsCheckingInterval: Math.min(limits.headersTimeoutMs / 2, CHECK_EVERY_MS),
      },
      (request, response) => handler(new Http1Request(request, response)),
    );
    this.#server = server;
    server.on("connection", (socket: Socket) => this.#track(socket));
    const serveHttp1 = server.listeners("secureConnection") as ((socket: TLSSocket) => void)[];
    server.removeAllListeners("secureConnection");
    server.on("secureConnection", (socket: TLSSocket) => {
      if (socket.alpnProtocol === "h2") this.#connections.add(new H2Connection(socket, this.#http2));
      else for (const serve of serveHttp1) serve.call(server, socket);
    });
    // A connection that breaks in its handshake or in the middle is nobody's error but its own.
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    server.on("clientError", refuseClient);
  }

  /** Resolves with the port once it is open. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** Called with the error of a listener that can't go on. */
  onError(callback: (error: Error) => void): void {
    this.#server.on("error", callback);
  }

  /** For new connections. */
  renew(tls: TlsMaterial): void {
    this.#server.setSecureContext(secureContext(tls));
  }

  /**
   * No new connection; HTTP/2 clients are told to take their next request elsewhere (GOAWAY). Resolves when
   * the last connection has closed.
   */
  refuseNew(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.goAway();
    return closed;
  }

  /** Ends what is still open. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #http2Options(limits: Limits, handler: RequestHandler): H2ConnectionOptions {
    return {
      request: (stream, fields) => {
        const request = Http2Request.accept(stream, fields);
        if (request !== undefined) handler(request);
      },
      closed: (connection) => this.#connections.delete(connection),
      concurrentStreamsMax: limits.streamsPerConnectionMax,
      streamWindowBytes: limits.streamWindowBytes,
      connectionWindowBytes: limits.streamWindowBytes * limits.streamsPerConnectionMax,
      headerBytesMax: limits.headerBytesMax,
      queuedBytesMax: limits.connectionQueueMb * MEGABYTE,
      resets: limits.streamResets,
      idleTimeoutMs: limits.idleTimeoutMs,
      keepAliveIntervalMs: 0,
      keepAliveTimeoutMs: 0,
    };
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** The parser may complain more than once about what was sent. */
const refused = new WeakSet<Socket>();

/**
 * HTTP/1.1 that can't be read: the client is told, and has a moment to read it before the connection is gone.
 */
function refuseClient(error: Error & { code?: string }, socket: Socket): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ""] ?? "400 Bad Request";
  // What else comes is thrown away: a connection reset would take the answer with it.
  socket.removeAllListeners("data");
  socket.resume();
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
}

function secureContext({ cert, key, clientCa }: TlsMaterial) {
  return { cert, key, ca: clientCa, minVersion: "TLSv1.2" as const };
}
