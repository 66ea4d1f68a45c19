/**
 * Kv between processes of one machine: a Unix socket that only its owner may open, or a named pipe on
 * Windows. Who connects says the secret of this start in its first frame, since a pipe has no owner that
 * Node could set; every frame after it is as on a message port.
 */
import { timingSafeEqual } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import type { Kv } from "@quorate/mvcc";
import type { FrameCarrier } from "./frame-carrier.ts";
import { type KvPortOptions, serveKvPort } from "./kv-port-server.ts";
import { PortKv } from "./port-kv.ts";
import { pausedScheduler } from "./scheduler.ts";
import { SocketCarrier } from "./socket-carrier.ts";

/** Where a Kv is served, and what opens it. */
export interface KvSocketAddress {
  /** A file's path, or a pipe's name (`\\.\pipe\...`). */
  readonly path: string;
  readonly secret: Uint8Array;
}

/** A Kv that is served to other processes. */
export interface KvSocketServer {
  /** Ends its connections; nothing is left of the socket's file. */
  close(): Promise<void>;
}

/** Kv of another process. */
export interface ConnectedKv {
  readonly kv: PortKv;
  /** Resolves when the connection has ended, by whomever. */
  readonly closed: Promise<void>;
}

/** How long who connects may take to say the secret. */
const GREETING_MS = 5_000;

/** Passes frames on once the first has turned out to be the secret. */
class GuardedCarrier implements FrameCarrier {
  readonly #inner: SocketCarrier;
  #receive: (frame: Uint8Array) => void = () => {};
  #closed: () => void = () => {};

  constructor(socket: Socket, secret: Uint8Array, admitted: (carrier: FrameCarrier) => void) {
    this.#inner = new SocketCarrier(socket);
    let isKnown = false;
    socket.setTimeout(GREETING_MS, () => socket.destroy());
    this.#inner.start(
      (frame) => {
        if (isKnown) return this.#receive(frame);
        isKnown = frame.length === secret.length && timingSafeEqual(frame, secret);
        if (!isKnown) {
          socket.destroy();
          return;
        }
        socket.setTimeout(0);
        admitted(this);
      },
      () => this.#closed(),
    );
  }

  send(frame: Buffer): void {
    this.#inner.send(frame);
  }

  sendShared(head: Buffer, body: Buffer): void {
    this.#inner.sendShared(head, body);
  }

  start(frame: (frame: Uint8Array) => void, closed: () => void): void {
    this.#receive = frame;
    this.#closed = closed;
  }

  close(): void {
    this.#inner.close();
  }
}

function isPipe(path: string): boolean {
  return path.startsWith("\\\\");
}

/**
 * Serves `kv` to whoever knows the secret. A file that a killed process left at the path is removed: the
 * caller makes sure that nobody else uses it.
 */
export async function listenKvSocket(
  kv: Kv,
  { path, secret }: KvSocketAddress,
  options: KvPortOptions = {},
): Promise<KvSocketServer> {
  if (!isPipe(path)) await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    new GuardedCarrier(socket, secret, (carrier) => {
      serveKvPort(kv, carrier, { sharesBatches: true, later: pausedScheduler, ...options });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  if (!isPipe(path)) await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Connects; rejects with the socket's error where nobody serves there. */
export async function connectKvSocket({ path, secret }: KvSocketAddress): Promise<ConnectedKv> {
  const socket = connect({ path });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const carrier = new SocketCarrier(socket);
  carrier.send(Buffer.from(secret));
  return { kv: new PortKv(carrier), closed };
}
