/**
 * A network of namespaces (Linux, root): each member in one of its own, with one cable to a switch of the
 * peers and one to that of the clients. A cut pulls the first cable out of the switch, or sends what is meant
 * for one other member to a network card that nobody has; clients still reach the member.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { PeerNetwork, PeerPlace } from "./peer-network.ts";

const run = promisify(execFile);
const PEER_PORT = 2380;
/** Second byte of the private networks; chosen by the process, so that two runs do not meet. */
const SUBNETS = 200;
/** A locally administered address that no card has: frames to it are dropped silently. */
const NOBODY = "02:00:00:00:00:01";
/** Bound: members at a time, by the last byte of an address. */
const MEMBERS_MAX = 250;

interface Names {
  readonly namespace: string;
  readonly peerCable: string;
  readonly clientCable: string;
}

async function ip(...args: string[]): Promise<void> {
  await run("ip", args);
}

/** Whether this process may make network namespaces here. */
export async function canUseNamespaces(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const name = `qf${process.pid}try`;
  try {
    await ip("netns", "add", name);
    await ip("netns", "delete", name);
    return true;
  } catch {
    return false;
  }
}

/** Namespaces with cables; `close` removes all that was made. */
export class NamespaceNetwork implements PeerNetwork {
  readonly kind = "network namespaces";
  readonly #members = new Set<number>();
  readonly #subnet = process.pid % SUBNETS;
  readonly #peerSwitch = `qf${process.pid}p`;
  readonly #clientSwitch = `qf${process.pid}c`;

  private constructor() {}

  static async start(members: number): Promise<NamespaceNetwork> {
    const network = new NamespaceNetwork();
    try {
      for (const name of [network.#peerSwitch, network.#clientSwitch]) {
        await ip("link", "add", name, "type", "bridge");
        await ip("link", "set", name, "up");
      }
      await ip("address", "add", `${network.#address("client", 254)}/24`, "dev", network.#clientSwitch);
      for (let member = 0; member < members; member++) await network.add();
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** Makes one more place; resolves with its number. */
  async add(): Promise<number> {
    let member = 0;
    while (this.#members.has(member)) member++;
    if (member >= MEMBERS_MAX) throw new Error(`there is room for ${MEMBERS_MAX} members at a time`);
    this.#members.add(member);
    await this.#addMember(member);
    return member;
  }

  /** Takes a place away; its number is given again. */
  async remove(member: number): Promise<void> {
    // The cables go with their namespace.
    await ip("netns", "delete", this.#names(member).namespace);
    this.#members.delete(member);
  }

  clientHost(member: number): string {
    return this.#address("client", member + 1);
  }

  place(member: number): PeerPlace {
    const url = `https://${this.#address("peer", member + 1)}:${PEER_PORT}`;
    return { listenUrl: url, advertiseUrl: url };
  }

  wrap(member: number, command: readonly string[]): readonly string[] {
    return ["ip", "netns", "exec", this.#names(member).namespace, ...command];
  }

  async isolate(member: number): Promise<void> {
    await ip("link", "set", this.#names(member).peerCable, "nomaster");
  }

  async heal(member: number): Promise<void> {
    await ip("link", "set", this.#names(member).peerCable, "master", this.#peerSwitch);
  }

  /** What `from` sends to `to` from now on vanishes on its way; the other direction is left alone. */
  async cutOneWay(from: number, to: number): Promise<void> {
    const neighbour = [this.#address("peer", to + 1), "lladdr", NOBODY, "dev", "peers", "nud", "permanent"];
    await ip("-n", this.#names(from).namespace, "neigh", "replace", ...neighbour);
  }

  /** Takes `cutOneWay` back. */
  async mendOneWay(from: number, to: number): Promise<void> {
    const neighbour = [this.#address("peer", to + 1), "dev", "peers"];
    await ip("-n", this.#names(from).namespace, "neigh", "delete", ...neighbour);
  }

  async close(): Promise<void> {
    for (const member of [...this.#members]) await this.remove(member).catch(() => {});
    for (const name of [this.#peerSwitch, this.#clientSwitch])
      await ip("link", "delete", name).catch(() => {});
  }

  #address(side: "peer" | "client", host: number): string {
    return `10.${this.#subnet}.${side === "peer" ? 1 : 2}.${host}`;
  }

  #names(member: number): Names {
    const prefix = `qf${process.pid}`;
    return {
      namespace: `${prefix}m${member}`,
      peerCable: `${prefix}p${member}`,
      clientCable: `${prefix}c${member}`,
    };
  }

  async #addMember(member: number): Promise<void> {
    const { namespace, peerCable, clientCable } = this.#names(member);
    const cables = [
      [peerCable, "peers", this.#peerSwitch, this.#address("peer", member + 1)],
      [clientCable, "clients", this.#clientSwitch, this.#address("client", member + 1)],
    ] as const;
    await ip("netns", "add", namespace);
    await ip("-n", namespace, "link", "set", "lo", "up");
    for (const [cable, inside, toSwitch, address] of cables) {
      await ip("link", "add", cable, "type", "veth", "peer", "name", inside, "netns", namespace);
      await ip("link", "set", cable, "master", toSwitch, "up");
      await ip("-n", namespace, "address", "add", `${address}/24`, "dev", inside);
      await ip("-n", namespace, "link", "set", inside, "up");
    }
  }
}
