/**
 * What stands between a member's peer address and the member: passes bytes on, or, where the link is cut,
 * keeps them silently, as a pulled cable does. Who dials is read from the hello that every peer connection
 * begins with.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Links between members, by id: which of them are cut. */
export class PeerLinks {
  readonly #cut = new Set<string>();
  readonly #proxies = new Set<PeerProxy>();

  add(proxy: PeerProxy): void {
    this.#proxies.add(proxy);
  }

  remove(proxy: PeerProxy): void {
    this.#proxies.delete(proxy);
  }

  isCut(a: bigint, b: bigint): boolean {
    return this.#cut.has(`${a}-${b}`);
  }

  /** Both ways. */
  cut(a: bigint, b: bigint): void {
    this.#cut.add(`${a}-${b}`).add(`${b}-${a}`);
    for (const proxy of this.#proxies) proxy.linksChanged();
  }

  /** What was kept is delivered, or with `isReset` the connections that were cut are reset. */
  heal(isReset: boolean): void {
    this.#cut.clear();
    for (const proxy of this.#proxies) proxy.linksChanged(isReset);
  }
}

interface Connection {
  readonly inner: Socket;
  readonly outer: Socket;
  from: bigint;
  isHeld: boolean;
}

/** Of a hello: length 4, kind 1, protocol 4, cluster 8, then who dials. */
const FROM_AT = 17;
const HELLO_BYTES = FROM_AT + 8;
const HELLO_KIND = 1;

/** The proxy of one member. */
export class PeerProxy {
  readonly port: number;
  /** Known once the member has told it. */
  member = 0n;
  readonly #links: PeerLinks;
  readonly #target: number;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  private constructor(server: Server, port: number, target: number, links: PeerLinks) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    this.#links = links;
    links.add(this);
  }

  /** Listens on a free port in front of `target`. */
  static async listen(target: number, links: PeerLinks): Promise<PeerProxy> {
    let proxy: PeerProxy | undefined;
    const server = createServer((socket) => proxy!.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    proxy = new PeerProxy(server, (server.address() as { port: number }).port, target, links);
    return proxy;
  }

  linksChanged(isReset = false): void {
    for (const connection of [...this.#connections]) {
      const isCut = this.#links.isCut(connection.from, this.member);
      if (isCut === connection.isHeld) continue;
      if (!isCut && isReset) this.#end(connection);
      else this.#hold(connection, isCut);
    }
  }

  async close(): Promise<void> {
    this.#links.remove(this);
    for (const connection of [...this.#connections]) this.#end(connection);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(outer: Socket): void {
    outer.once("error", () => outer.destroy());
    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      if (head.length < HELLO_BYTES && head[4] === HELLO_KIND) return;
      outer.off("data", onHead);
      const isHello = head.length >= HELLO_BYTES && head[4] === HELLO_KIND;
      this.#connect(outer, head, isHello ? head.readBigUInt64LE(FROM_AT) : 0n);
    };
    outer.on("data", onHead);
  }

  #connect(outer: Socket, head: Buffer, from: bigint): void {
    const inner = connect(this.#target, "127.0.0.1");
    const connection: Connection = { inner, outer, from, isHeld: false };
    this.#connections.add(connection);
    for (const [source, sink] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      source.on("data", (chunk) => {
        if (!sink.write(chunk)) {
          source.pause();
          sink.once("drain", () => {
            if (!connection.isHeld) source.resume();
          });
        }
      });
      source.on("error", () => this.#end(connection));
      source.on("close", () => this.#end(connection));
    }
    if (this.#links.isCut(from, this.member)) {
      // The head is lost with the connection: the member dials anew.
      this.#hold(connection, true);
      return;
    }
    inner.write(head);
  }

  #hold(connection: Connection, isHeld: boolean): void {
    connection.isHeld = isHeld;
    for (const socket of [connection.inner, connection.outer]) {
      if (isHeld) socket.pause();
      else socket.resume();
    }
  }

  #end(connection: Connection): void {
    this.#connections.delete(connection);
    connection.inner.destroy();
    connection.outer.destroy();
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
