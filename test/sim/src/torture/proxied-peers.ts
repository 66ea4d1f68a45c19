/**
 * A network of proxies on loopback, one in front of each member's peer address: passes bytes on, or, where a
 * link is cut, keeps them silently. Who dials is read from the hello that every peer connection begins with.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";
import type { MemberPlace, PeerNetwork } from "./peer-network.ts";

const HOST = "127.0.0.1";
/** Of a hello: length 4, kind 1, protocol 4, cluster 8, then who dials. */
const FROM_AT = 17;
const HELLO_BYTES = FROM_AT + 8;
const HELLO_KIND = 1;

/** Whether what one member (by id) sends to another vanishes. */
type IsCut = (from: bigint, to: bigint) => boolean;

/** One direction of a connection. */
interface Direction {
  readonly source: Socket;
  readonly sink: Socket;
  isHeld: boolean;
}

interface Connection {
  readonly from: bigint;
  /** From who dialled, and back to it. */
  readonly there: Direction;
  readonly back: Direction;
  /** What was read before it was known where to; on its way as soon as it may pass. */
  head: Buffer | undefined;
  /** An end is closed; where the link is cut the other one does not hear of it before it is healed. */
  isOver: boolean;
}

class ProxyPlace implements MemberPlace {
  readonly listenPeerUrl: string;
  readonly advertisePeerUrl: string;
  readonly clientHost = HOST;
  /** The member's id, once it has told it. */
  member = 0n;
  readonly #target: number;
  readonly #server: Server;
  readonly #isCut: IsCut;
  readonly #connections = new Set<Connection>();

  private constructor(server: Server, target: number, isCut: IsCut) {
    this.#server = server;
    this.#target = target;
    this.#isCut = isCut;
    this.listenPeerUrl = `http://${HOST}:${target}`;
    this.advertisePeerUrl = `http://${HOST}:${(server.address() as { port: number }).port}`;
  }

  /** Listens on a free port in front of another. */
  static async listen(isCut: IsCut): Promise<ProxyPlace> {
    const target = await freePort();
    let place: ProxyPlace | undefined;
    const server = createServer((socket) => place!.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, HOST, resolve);
    });
    place = new ProxyPlace(server, target, isCut);
    return place;
  }

  wrap(command: readonly string[]): readonly string[] {
    return command;
  }

  linksChanged(isReset = false): void {
    for (const connection of [...this.#connections]) {
      const wasHeld = connection.there.isHeld || connection.back.isHeld;
      this.#regulate(connection);
      const isHeld = connection.there.isHeld || connection.back.isHeld;
      if (!isHeld && (connection.isOver || (isReset && wasHeld))) this.#end(connection);
    }
  }

  async close(): Promise<void> {
    for (const connection of [...this.#connections]) this.#end(connection);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(outer: Socket): void {
    outer.setNoDelay(true);
    outer.once("error", () => outer.destroy());
    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      if (head.length < HELLO_BYTES && head[4] === HELLO_KIND) return;
      outer.off("data", onHead);
      outer.pause();
      const isHello = head.length >= HELLO_BYTES && head[4] === HELLO_KIND;
      this.#connect(outer, head, isHello ? head.readBigUInt64LE(FROM_AT) : 0n);
    };
    outer.on("data", onHead);
  }

  #connect(outer: Socket, head: Buffer, from: bigint): void {
    const inner = connect(this.#target, HOST);
    inner.setNoDelay(true);
    const there = { source: outer, sink: inner, isHeld: true };
    const back = { source: inner, sink: outer, isHeld: true };
    const connection: Connection = { from, there, back, head, isOver: false };
    this.#connections.add(connection);
    for (const direction of [there, back]) {
      const { source, sink } = direction;
      source.pause();
      source.on("data", (chunk) => {
        if (!sink.write(chunk)) source.pause();
      });
      sink.on("drain", () => {
        if (!direction.isHeld) source.resume();
      });
      source.on("error", () => source.destroy());
      source.on("close", () => {
        connection.isOver = true;
        if (!there.isHeld && !back.isHeld) this.#end(connection);
      });
    }
    this.#regulate(connection);
  }

  #regulate(connection: Connection): void {
    const { from, there, back, head } = connection;
    there.isHeld = this.#isCut(from, this.member);
    back.isHeld = this.#isCut(this.member, from);
    if (head && !there.isHeld) {
      connection.head = undefined;
      there.sink.write(head);
    }
    for (const { source, isHeld } of [there, back]) {
      if (isHeld) source.pause();
      else source.resume();
    }
  }

  #end(connection: Connection): void {
    this.#connections.delete(connection);
    connection.there.source.destroy();
    connection.back.source.destroy();
  }
}

/** The proxies, and which links are cut. */
export class ProxiedPeers implements PeerNetwork {
  readonly kind = "proxies";
  readonly #cut = new Set<string>();
  readonly #places = new Set<ProxyPlace>();

  async add(): Promise<MemberPlace> {
    const place = await ProxyPlace.listen((from, to) => this.#cut.has(`${from}-${to}`));
    this.#places.add(place);
    return place;
  }

  async remove(place: MemberPlace): Promise<void> {
    const own = this.#own(place);
    this.#places.delete(own);
    await own.close();
  }

  named(place: MemberPlace, id: bigint): void {
    this.#own(place).member = id;
  }

  async cut(from: MemberPlace, to: MemberPlace): Promise<void> {
    this.#cut.add(`${this.#own(from).member}-${this.#own(to).member}`);
    for (const place of this.#places) place.linksChanged();
  }

  /** What was kept is delivered, or with `isReset` the connections that were cut are reset. */
  async heal(isReset: boolean): Promise<void> {
    this.#cut.clear();
    for (const place of this.#places) place.linksChanged(isReset);
  }

  async close(): Promise<void> {
    for (const place of [...this.#places]) await this.remove(place);
  }

  #own(place: MemberPlace): ProxyPlace {
    if (place instanceof ProxyPlace) return place;
    throw new Error("the place is of another network");
  }
}
