/**
 * A network of proxies on loopback, one before each member. Which member a connection comes from is found by
 * the process that owns its source port; a cut holds bytes back without closing anything, as a switch that
 * drops packets does.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { promisify } from "node:util";
import { freePorts } from "../targets/free-port.ts";
import type { PeerNetwork, PeerPlace } from "./peer-network.ts";

const run = promisify(execFile);
const HOST = "127.0.0.1";
const ESTABLISHED = "01";

/** The inode of the socket of a local port, from the kernel's table. */
async function socketInode(port: number): Promise<string | undefined> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of (await readFile("/proc/net/tcp", "latin1")).split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(wanted) && columns[3] === ESTABLISHED) return columns[9];
  }
  return undefined;
}

async function ownsInode(pid: number, inode: string): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => undefined)),
  );
  return links.includes(`socket:[${inode}]`);
}

/** Which of the processes holds the local end of a connection from `port`. */
async function ownerOf(port: number, pids: readonly number[]): Promise<number | undefined> {
  if (process.platform === "linux") {
    const inode = await socketInode(port);
    if (inode === undefined) return undefined;
    const owns = await Promise.all(pids.map((pid) => ownsInode(pid, inode)));
    return pids[owns.indexOf(true)];
  }
  const { stdout } = await run("lsof", ["-nP", "-t", `-iTCP:${port}`]).catch(() => ({ stdout: "" }));
  return stdout
    .split("\n")
    .map(Number)
    .find((pid) => pids.includes(pid));
}

/** One connection through a proxy; nothing passes while it is cut, not even its end. */
class Link {
  readonly to: number;
  from: number | undefined;
  readonly #sockets: readonly [Socket, Socket];
  readonly #ended: () => void;
  /** Until it is known whose connection it is, nothing passes either. */
  #isCut = true;
  #isOver = false;

  constructor(to: number, sockets: readonly [Socket, Socket], ended: () => void) {
    this.to = to;
    this.#sockets = sockets;
    this.#ended = ended;
    const [one, other] = sockets;
    this.#forward(one, other);
    this.#forward(other, one);
  }

  cut(isCut: boolean): void {
    this.#isCut = isCut;
    if (this.#isOver && !isCut) this.destroy();
    for (const socket of this.#sockets) {
      if (isCut) socket.pause();
      else socket.resume();
    }
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#ended();
  }

  #forward(source: Socket, sink: Socket): void {
    source.setNoDelay(true);
    source.pause();
    source.on("data", (bytes: Buffer) => {
      if (!sink.write(bytes)) source.pause();
    });
    sink.on("drain", () => {
      if (!this.#isCut) source.resume();
    });
    source.on("error", () => {});
    source.on("close", () => {
      this.#isOver = true;
      if (!this.#isCut || this.from === undefined) this.destroy();
    });
  }
}

/** Proxies before members; `pidOf` tells which process a member is now. */
export class ProxyNetwork implements PeerNetwork {
  readonly kind = "proxies";
  readonly #places: readonly PeerPlace[];
  readonly #servers: Server[] = [];
  readonly #links = new Set<Link>();
  readonly #isolated = new Set<number>();
  readonly #pidOf: (member: number) => number | undefined;

  private constructor(places: readonly PeerPlace[], pidOf: (member: number) => number | undefined) {
    this.#places = places;
    this.#pidOf = pidOf;
  }

  static async start(members: number, pidOf: (member: number) => number | undefined): Promise<ProxyNetwork> {
    const base = await freePorts(members * 2);
    const url = (port: number) => `https://${HOST}:${port}`;
    const places = Array.from({ length: members }, (_, member) => ({
      listenUrl: url(base + member * 2),
      advertiseUrl: url(base + member * 2 + 1),
    }));
    const network = new ProxyNetwork(places, pidOf);
    for (let member = 0; member < members; member++) {
      const server = createServer((socket) => void network.#accept(member, socket));
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(base + member * 2 + 1, HOST, resolve);
      });
      network.#servers.push(server);
    }
    return network;
  }

  clientHost(): string {
    return HOST;
  }

  place(member: number): PeerPlace {
    return this.#places[member]!;
  }

  wrap(_member: number, command: readonly string[]): readonly string[] {
    return command;
  }

  async isolate(member: number): Promise<void> {
    this.#isolated.add(member);
    for (const link of this.#links) this.#regulate(link);
  }

  async heal(member: number): Promise<void> {
    this.#isolated.delete(member);
    for (const link of this.#links) this.#regulate(link);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const link of this.#links) link.destroy();
  }

  async #accept(to: number, inbound: Socket): Promise<void> {
    const outbound = connect(Number(new URL(this.#places[to]!.listenUrl).port), HOST);
    const link = new Link(to, [inbound, outbound], () => this.#links.delete(link));
    this.#links.add(link);
    link.from = await this.#memberBehind(inbound);
    this.#regulate(link);
  }

  async #memberBehind({ remotePort }: Socket): Promise<number | undefined> {
    if (remotePort === undefined) return undefined;
    const pids = this.#places.map((_, member) => this.#pidOf(member) ?? -1);
    const owner = await ownerOf(remotePort, pids);
    return owner === undefined ? undefined : pids.indexOf(owner);
  }

  #regulate(link: Link): void {
    const { from, to } = link;
    link.cut(this.#isolated.has(to) || (from !== undefined && this.#isolated.has(from)));
  }
}
