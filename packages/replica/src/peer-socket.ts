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
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { CodedError } from "@quorate/base";

/** PEM texts. Peers must present a certificate that `ca` signed. */
export interface PeerTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly ca: string | Buffer;
}

const KEEP_ALIVE_MS = 5000;
/** Bound: how long making a connection may take. */
export const CONNECT_TIMEOUT_MS = 3000;

/** A peer URL in parts. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** `https://host:port` (or `http://`) in parts; throws INVALID_URL naming what is wrong. */
export function parsePeerUrl(url: string): PeerAddress {
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
  const { host, port } = address;
  let socket: Socket;
  if (address.secure) {
    if (!tls)
      throw new CodedError(
        "INVALID_URL",
        `the peer at ${host}:${port} needs TLS, but no peer certificate is set`,
      );
    socket = connectTls(
      { host, port, cert: tls.cert, key: tls.key, ca: tls.ca, minVersion: "TLSv1.2" },
      ready,
    );
  } else {
    socket = connectPlain({ host, port }, ready);
  }
  tune(socket);
  return socket;
}

/** Listens for peers; with `tls` only those with a certificate of its CA get through to `accept`. */
export async function listenForPeers(
  listen: { readonly host: string; readonly port: number },
  tls: PeerTls | undefined,
  accept: (socket: Socket) => void,
  note: (line: string) => void = () => {},
): Promise<Server> {
  const accepted = (socket: Socket): void => {
    tune(socket);
    accept(socket);
  };
  const server = tls
    ? createTlsServer(
        {
          cert: tls.cert,
          key: tls.key,
          ca: tls.ca,
          requestCert: true,
          rejectUnauthorized: true,
          minVersion: "TLSv1.2",
          handshakeTimeout: CONNECT_TIMEOUT_MS,
        },
        accepted,
      )
    : createPlainServer(accepted);
  await new Promise<void>((resolve, reject) => {
    const where = `${listen.host}:${listen.port}`;
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      const fix = inUse ? "in use by another process: choose another with --listen-peer-urls" : error.message;
      reject(
        new CodedError(inUse ? "PORT_IN_USE" : "LISTEN_FAILED", `the peer address ${where} is ${fix}`, {
          cause: error,
        }),
      );
    });
    server.listen(listen.port, listen.host, () => {
      server.removeAllListeners("error");
      server.on("error", (error) => note(`the peer address ${where}: ${error.message}`));
      // A reset during the handshake is how a port is probed: not worth a line.
      server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Socket) => {
        if (error.code === "ECONNRESET") return;
        note(`a peer connection from ${socket.remoteAddress} failed its TLS handshake: ${error.message}`);
      });
      resolve();
    });
  });
  return server;
}
