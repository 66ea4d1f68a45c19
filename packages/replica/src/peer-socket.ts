/**
 * Sockets between members: mutual TLS where the cluster has certificates, plain TCP where the operator chose
 * `http://` peers (as etcd allows). Small frames go out at once, and dead peers are found by keepalive.
 */
import {
  connect as connectPlain,
  createServer as createPlainServer,
  type Server,
  type Socket,
} from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  createServer as createTlsServer,
  type PeerCertificate,
} from "node:tls";
import { CodedError } from "@quorate/base";

/** PEM texts. */
export interface PeerTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** For outgoing connections, where it is another than `cert` and `key`. */
  readonly client?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Peers must present a certificate that it signed; absent: they need none. */
  readonly ca?: string | Buffer;
  /** Members made their certificates themselves: connections are encrypted, but nobody is known by them. */
  readonly selfSigned?: boolean;
  /**
   * Serial numbers of revoked certificates, in capital hex digits. Compat: etcd looks at nothing else of its
   * list.
   */
  readonly revokedSerials?: readonly string[];
  /** Common names of which a peer's certificate needs one; empty or absent: any will do. */
  readonly allowedNames?: readonly string[];
  /** Host names of which a peer's certificate needs one. */
  readonly allowedHostnames?: readonly string[];
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's names with colons between. */
  readonly ciphers?: string;
}

const KEEP_ALIVE_MS = 5000;
/** Bound: how long making a connection may take. */
export const CONNECT_TIMEOUT_MS = 3000;

/** A peer URL in parts. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Of a Unix socket, instead of host and port. */
  readonly path?: string;
}

/**
 * `https://host:port` (`http://`, `unix://path`, `unixs://path`) in parts; throws INVALID_URL naming what is
 * wrong.
 */
export function parsePeerUrl(url: string): PeerAddress {
  const local = /^unix(s?):(?:\/\/)?(.+)$/.exec(url);
  if (local) return { host: "", port: 0, secure: local[1] === "s", path: local[2]! };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const secure = parsed?.protocol === "https:";
  if (!parsed || !(secure || parsed.protocol === "http:") || !parsed.port || parsed.pathname !== "/") {
    // URL drops a port that is the scheme's own.
    const own = /^https?:\/\/[^/]+:(443|80)\/?$/.exec(url);
    if (!parsed || !own) {
      throw new CodedError(
        "INVALID_URL",
        `the peer URL ${JSON.stringify(url)} must look like https://host:port`,
      );
    }
    return { host: bareHost(parsed), port: Number(own[1]), secure };
  }
  return { host: bareHost(parsed), port: Number(parsed.port), secure };
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function tune(socket: Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

/** Connects; `ready` is called once the connection can be written to. Errors come as events of the socket. */
export function connectPeer(address: PeerAddress, tls: PeerTls | undefined, ready: () => void): Socket {
  const { host, port, path } = address;
  const where = path === undefined ? { host, port } : { path };
  let socket: Socket;
  if (address.secure) {
    if (!tls)
      throw new CodedError(
        "INVALID_URL",
        `the peer at ${path ?? `${host}:${port}`} needs TLS, but no peer certificate is set`,
      );
    const { cert, key } = tls.client ?? tls;
    socket = connectTls(
      {
        ...where,
        cert,
        key,
        ...(tls.ca ? { ca: tls.ca } : undefined),
        rejectUnauthorized: tls.selfSigned !== true,
        checkServerIdentity: (name, certificate) => checkPeer(tls, name, certificate),
        ...versionsOf(tls),
      },
      ready,
    );
  } else {
    socket = connectPlain(where, ready);
  }
  tune(socket);
  return socket;
}

function versionsOf({ minVersion, maxVersion, ciphers }: PeerTls) {
  return {
    minVersion: minVersion ?? ("TLSv1.2" as const),
    ...(maxVersion ? { maxVersion } : undefined),
    ...(ciphers ? { ciphers } : undefined),
  };
}

/** A server's certificate is good for its host, or for one of the names that are allowed instead. */
function checkPeer(tls: PeerTls, name: string, certificate: PeerCertificate): Error | undefined {
  if (tls.selfSigned) return undefined;
  if (isRestricted(tls)) return isAllowed(tls, certificate) ? undefined : notAllowed();
  return checkServerIdentity(name, certificate);
}

function isRestricted(tls: PeerTls): boolean {
  return (tls.allowedNames?.length ?? 0) + (tls.allowedHostnames?.length ?? 0) > 0;
}

function isAllowed(tls: PeerTls, certificate: PeerCertificate): boolean {
  if (tls.revokedSerials?.includes(certificate.serialNumber)) return false;
  if (!isRestricted(tls)) return true;
  const name = certificate.subject?.CN as string | string[] | undefined;
  const names = Array.isArray(name) ? name : [name];
  if (tls.allowedNames?.some((allowed) => names.includes(allowed))) return true;
  return tls.allowedHostnames?.some((host) => !checkServerIdentity(host, certificate)) === true;
}

function notAllowed(): Error {
  return new Error("client certificate authentication failed");
}

/** Where to listen for peers. */
export interface PeerListen {
  readonly host: string;
  readonly port: number;
  /** Of a Unix socket, instead of host and port. */
  readonly path?: string;
  /** False: without TLS, although there are certificates. */
  readonly secure?: boolean;
}

/** Who is given the connections of an address. */
export interface PeerListener {
  readonly accept: (socket: Socket) => void;
  readonly note?: (line: string) => void;
  /** Asked before each handshake: other certificates than those in use, if there are any. Never rejects. */
  readonly renewTls?: () => Promise<PeerTls | undefined>;
}

function createPeerServer(tls: PeerTls | undefined, listener: PeerListener): Server {
  const { accept, note = () => {}, renewTls } = listener;
  const accepted = (socket: Socket): void => {
    tune(socket);
    accept(socket);
  };
  if (!tls) return createPlainServer(accepted);
  let inUse = tls;
  const secured = createTlsServer(
    {
      ...contextOf(tls),
      requestCert: tls.ca !== undefined,
      rejectUnauthorized: tls.ca !== undefined,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
    },
    (socket) => {
      const isChecked = isRestricted(inUse) || inUse.revokedSerials !== undefined;
      if (!isChecked || isAllowed(inUse, socket.getPeerCertificate())) return accepted(socket);
      note(`a peer connection from ${socket.remoteAddress} was refused: ${notAllowed().message}`);
      socket.destroy();
    },
  );
  // A reset during the handshake is how a port is probed: not worth a line.
  secured.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET") return;
    note(`a peer connection from ${socket.remoteAddress} failed its TLS handshake: ${error.message}`);
  });
  if (!renewTls) return secured;
  return createPlainServer((socket) => {
    socket.on("error", () => socket.destroy());
    void renewTls().then((renewed) => {
      if (renewed) {
        secured.setSecureContext(contextOf(renewed));
        inUse = renewed;
      }
      if (!socket.destroyed) secured.emit("connection", socket);
    });
  });
}

function contextOf(tls: PeerTls) {
  return { cert: tls.cert, key: tls.key, ...(tls.ca ? { ca: tls.ca } : undefined), ...versionsOf(tls) };
}

/**
 * Listens for peers; with `tls` and a CA in it only those with a certificate of it get through to `accept`.
 */
export async function listenForPeers(
  listen: PeerListen,
  tls: PeerTls | undefined,
  listener: PeerListener,
): Promise<Server> {
  const { note = () => {} } = listener;
  const server = createPeerServer(listen.secure === false ? undefined : tls, listener);
  await new Promise<void>((resolve, reject) => {
    const where = listen.path ?? `${listen.host}:${listen.port}`;
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      const fix = inUse ? "in use by another process: choose another with --listen-peer-urls" : error.message;
      reject(
        new CodedError(inUse ? "PORT_IN_USE" : "LISTEN_FAILED", `the peer address ${where} is ${fix}`, {
          cause: error,
        }),
      );
    });
    // Compat: as Go, which takes the IPv4 address of that name.
    const host = listen.host === "localhost" ? "127.0.0.1" : listen.host;
    server.listen(listen.path === undefined ? { host, port: listen.port } : { path: listen.path }, () => {
      server.removeAllListeners("error");
      server.on("error", (error) => note(`the peer address ${where}: ${error.message}`));
      resolve();
    });
  });
  return server;
}
