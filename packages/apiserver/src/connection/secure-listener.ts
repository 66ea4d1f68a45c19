/**
 * The one HTTPS port: HTTP/2 and HTTP/1.1 by ALPN, client certificates asked for but not required (who has
 * none gets a 401 Status, not a broken handshake), every connection known and bounded.
 */
import { once } from "node:events";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { TlsMaterial } from "../api-server-options.ts";
import { StreamRequest, StreamResponse } from "../front-door.ts";
import type { Limits } from "../limits.ts";

/** koa's: called for each request of either protocol. */
type RequestHandler = (request: never, response: never) => Promise<void>;

/** How long a silent peer may hold a connection before the kernel asks whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** How often connections are looked at for headers that don't come. */
const CHECK_EVERY_MS = 5_000;
const LAST_WORDS_MS = 500;
const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Owns the port and every connection on it. */
export class SecureListener {
  readonly #server: Http2SecureServer;
  readonly #limits: Limits;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();

  constructor(tls: TlsMaterial, limits: Limits, handler: RequestHandler) {
    this.#limits = limits;
    const options = {
      ...secureContext(tls),
      requestCert: true,
      rejectUnauthorized: false,
      allowHTTP1: true,
      handshakeTimeout: limits.handshakeTimeoutMs,
      maxSessionMemory: limits.sessionMemoryMb,
      streamResetBurst: limits.streamResets.burst,
      streamResetRate: limits.streamResets.rate,
      settings: {
        maxConcurrentStreams: limits.streamsPerConnectionMax,
        maxHeaderListSize: limits.headerBytesMax,
        initialWindowSize: limits.streamWindowBytes,
      },
      // HTTP/1.1 only:
      maxHeaderSize: limits.headerBytesMax,
      keepAliveTimeout: limits.idleTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs / 2, CHECK_EVERY_MS),
    };
    const server = createSecureServer(options);
    this.#server = server;
    server.on("connection", (socket: Socket) => this.#track(socket));
    server.on("session", (session) => this.#trackSession(session));
    // HTTP/1.1 alone: for HTTP/2 this would bring Node's compatibility objects, whose listener is taken off
    // again.
    server.on("request", (request, response) => {
      if (request.httpVersionMajor === 1) void handler(request as never, response as never);
    });
    server.removeAllListeners("stream");
    server.on("stream", (stream, headers) => {
      void handler(new StreamRequest(stream, headers) as never, new StreamResponse(stream) as never);
    });
    // A connection that breaks in its handshake or in the middle is nobody's error but its own.
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    server.on("clientError", refuseClient);
    server.on("sessionError", () => {});
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
    for (const session of this.#sessions) if (!session.closed) session.close();
    return closed;
  }

  /** Ends what is still open. */
  destroyAll(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #trackSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    let open = 0;
    session.on("stream", (stream) => {
      open++;
      stream.once("close", () => open--);
    });
    session.setTimeout(this.#limits.idleTimeoutMs, () => {
      if (open === 0) session.close();
    });
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
