/**
 * One client address for gRPC and HTTP, as etcd's: HTTP/2 goes to gRPC, HTTP/1.1 to the gateway and the
 * endpoints. Without TLS the first bytes tell; with TLS the negotiation does: who can speak HTTP/1.1 gets
 * it, since gRPC clients offer HTTP/2 only.
 *
 * Bound: a connection that says nothing is closed after HELLO_MS.
 */
import type { Server as HttpServer } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import {
  checkServerIdentity,
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import { CodedError } from "@quorate/base";
import type { GrpcServer } from "./grpc-server.ts";

const HELLO_MS = 10_000;
const PREFACE = Buffer.from("PRI * HTTP/2.0");

/** Certificates of the client surface; values are PEM. */
export interface ClientTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Who signs clients' certificates. */
  readonly clientCa?: string | Buffer;
  /** Turn away clients without a certificate of that CA (--client-cert-auth). */
  readonly requireClientCertificate?: boolean;
  /**
   * Serial numbers of revoked certificates, in capital hex digits. Compat: etcd looks at nothing else of its
   * list.
   */
  readonly revokedSerials?: readonly string[];
  /** Host names of which a client's certificate needs one. */
  readonly allowedHostnames?: readonly string[];
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
  readonly ciphers?: string;
}

/** Where connections go; what is absent is not served at the address. */
export interface ConnectionTargets {
  readonly grpc?: GrpcServer;
  readonly http?: HttpServer;
  /** Connections wait for it. */
  readonly ready?: Promise<void>;
  /** Asked before each handshake: other certificates than those in use, if there are any. Never rejects. */
  readonly renewTls?: () => Promise<ClientTls | undefined>;
  /** Told of handshakes that fail. */
  readonly rejected?: (remote: string, error: Error) => void;
}

/** One listening address. */
export class ClientListener {
  readonly #server: TcpServer;
  readonly #sockets = new Set<Socket>();
  /** The addresses as URLs, with the port that was really taken. */
  readonly urls: readonly string[];

  private constructor(server: TcpServer, urls: readonly string[], sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.urls = urls;
  }

  /**
   * Listens; `listenUrls` are one address, with and without TLS where there are two. Rejects with
   * BAD_LISTEN_URL, ADDRESS_IN_USE or ADDRESS_UNAVAILABLE naming the address.
   */
  static async open(
    listenUrls: readonly string[],
    tls: ClientTls | undefined,
    targets: ConnectionTargets,
  ): Promise<ClientListener> {
    const addresses = listenUrls.map((url) => parseListenUrl(url, tls));
    const address = addresses[0]!;
    const isSecure = addresses.some(({ secure }) => secure);
    const isPlain = addresses.some(({ secure }) => !secure);
    const sockets = new Set<Socket>();
    const track = (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
    };
    const secured = tls && isSecure ? tlsServer(tls, targets) : undefined;
    const server = secured && !isPlain ? secured.server : plainServer(targets, secured?.accept);
    server.on("connection", track);
    await listen(server, address, listenUrls.join());
    const bound = server.address();
    const port = bound && typeof bound === "object" ? bound.port : 0;
    const host = address.host.includes(":") ? `[${address.host}]` : address.host;
    const urls = addresses.map(({ path, secure }, at) =>
      path ? listenUrls[at]! : `${secure ? "https" : "http"}://${host}:${port}`,
    );
    return new ClientListener(server, urls, sockets);
  }

  /** Takes no more connections. */
  stop(): void {
    this.#server.close();
  }

  /** Ends what is still connected. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly secure: boolean;
}

function parseListenUrl(text: string, tls: ClientTls | undefined): ListenAddress {
  const url = URL.parse(text);
  const scheme = url?.protocol.replace(":", "") ?? "";
  if (!url || !["http", "https", "unix", "unixs"].includes(scheme)) {
    throw new CodedError(
      "BAD_LISTEN_URL",
      `--listen-client-urls: ${text} is not a URL such as http://127.0.0.1:2379`,
    );
  }
  const secure = scheme === "https" || scheme === "unixs";
  if (secure && !tls) {
    throw new CodedError("BAD_LISTEN_URL", `--listen-client-urls: ${text} needs --cert-file and --key-file`);
  }
  const path = scheme.startsWith("unix") ? `${url.host}${url.pathname}` : undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 2379), path, secure };
}

function listen(server: TcpServer, address: ListenAddress, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      const why = inUse ? "the address is in use; stop who has it or choose another" : error.message;
      const code = inUse ? "ADDRESS_IN_USE" : "ADDRESS_UNAVAILABLE";
      reject(new CodedError(code, `can't listen on ${text}: ${why}`, { cause: error }));
    });
    // Compat: as Go, which takes the IPv4 address of that name.
    const host = address.host === "localhost" ? "127.0.0.1" : address.host;
    const where = address.path ? { path: address.path } : { host, port: address.port };
    server.listen(where, () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      resolve();
    });
  });
}

/** Hands a connection over to whom it is for; closes it where nobody is. */
function deliver(targets: ConnectionTargets, socket: Socket, isHttp2: boolean): void {
  if (isHttp2 && targets.grpc) targets.grpc.accept(socket);
  else if (!isHttp2 && targets.http) targets.http.emit("connection", socket);
  else socket.destroy();
}

/** The first byte of TLS: a handshake record. */
const TLS_HANDSHAKE = 0x16;

/** With `secured`, connections that begin as TLS does go there. */
function plainServer(targets: ConnectionTargets, secured?: (socket: Socket) => void): TcpServer {
  const begin = (socket: Socket): void => {
    if (socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), HELLO_MS).unref();
    socket.once("close", () => clearTimeout(timer));
    const look = () => {
      const first = socket.read() as Buffer | null;
      if (first === null) {
        socket.once("readable", look);
        return;
      }
      if (secured && first[0] === TLS_HANDSHAKE) {
        clearTimeout(timer);
        socket.unshift(first);
        secured(socket);
        return;
      }
      const isHttp2 = PREFACE.subarray(0, first.length).equals(first.subarray(0, PREFACE.length));
      socket.unshift(first);
      if (isHttp2 && first.length < PREFACE.length) {
        socket.once("readable", look);
        return;
      }
      clearTimeout(timer);
      deliver(targets, socket, isHttp2);
    };
    socket.once("readable", look);
  };
  return createTcpServer({ noDelay: true }, (socket) => {
    if (targets.ready) void targets.ready.then(() => begin(socket));
    else begin(socket);
  });
}

/** A server to listen with, and the way in for connections that another one has taken. */
interface SecuredServer {
  readonly server: TcpServer;
  readonly accept: (socket: Socket) => void;
}

function contextOf(tls: ClientTls): TlsOptions {
  return {
    cert: tls.cert,
    key: tls.key,
    ...(tls.clientCa ? { ca: tls.clientCa } : {}),
    minVersion: tls.minVersion ?? "TLSv1.2",
    ...(tls.maxVersion ? { maxVersion: tls.maxVersion } : {}),
    ...(tls.ciphers ? { ciphers: tls.ciphers } : {}),
  };
}

function tlsServer(tls: ClientTls, targets: ConnectionTargets): SecuredServer {
  const options: TlsOptions = {
    ...contextOf(tls),
    requestCert: tls.requireClientCertificate === true || tls.clientCa !== undefined,
    rejectUnauthorized: tls.requireClientCertificate === true,
    handshakeTimeout: HELLO_MS,
    ALPNCallback: ({ protocols }) =>
      protocols.includes("http/1.1") ? "http/1.1" : protocols.includes("h2") ? "h2" : undefined,
  };
  let inUse = tls;
  const server = createTlsServer(options, (socket) => {
    if (!isAllowed(inUse, socket)) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const isHttp2 = socket.alpnProtocol === "h2";
    if (targets.ready) void targets.ready.then(() => deliver(targets, socket, isHttp2));
    else deliver(targets, socket, isHttp2);
  });
  server.on("tlsClientError", (error, socket) => {
    targets.rejected?.(`${socket.remoteAddress}:${socket.remotePort}`, error);
    socket.destroy();
  });
  const { renewTls } = targets;
  if (!renewTls) return { server, accept: (socket) => server.emit("connection", socket) };
  const accept = (socket: Socket): void => {
    void renewTls().then((renewed) => {
      if (renewed) {
        server.setSecureContext(contextOf(renewed));
        inUse = renewed;
      }
      if (!socket.destroyed) server.emit("connection", socket);
    });
  };
  return { server: createTcpServer({ noDelay: true }, accept), accept };
}

function isAllowed({ allowedHostnames, revokedSerials }: ClientTls, socket: TLSSocket): boolean {
  if (!allowedHostnames?.length && !revokedSerials?.length) return true;
  const certificate = socket.getPeerCertificate();
  if (revokedSerials?.includes(certificate.serialNumber)) return false;
  if (!allowedHostnames?.length) return true;
  return allowedHostnames.some((host) => checkServerIdentity(host, certificate) === undefined);
}
