/** Members as processes, in a network whose links can be cut, on disks that can be held back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canUseNamespaces, HeldSyncs } from "@quorate/bench/faults";
import { EtcdAdminClient } from "@quorate/etcd-api";
import { mutantEnvironment } from "../mutant/preload-mutant.ts";
import { freePort } from "./free-port.ts";
import { NamespacedPeers } from "./namespaced-peers.ts";
import type { PeerNetwork } from "./peer-network.ts";
import { ProxiedPeers } from "./proxied-peers.ts";
import { StoreProcess } from "./store-process.ts";

/** How a cluster is made. */
export interface StoreClusterOptions {
  readonly members: number;
  /** Namespaces where this process may make them, else proxies; or one of them. */
  readonly network: "auto" | "namespaces" | "proxies";
  /** Whether syncs can be held back: it puts a hook into the members' processes. */
  readonly withDisks: boolean;
  /** A bug that is put into the members, so that the torture can be seen to fail. */
  readonly mutant?: string;
}

async function openNetwork(wanted: StoreClusterOptions["network"]): Promise<PeerNetwork> {
  if (wanted === "proxies") return new ProxiedPeers();
  if (await canUseNamespaces()) return NamespacedPeers.start();
  if (wanted === "namespaces") throw new Error("network namespaces need Linux, root and the ip command");
  return new ProxiedPeers();
}

/** A cluster and what it needs to be taken away again. */
export class StoreCluster {
  readonly folder: string;
  readonly network: PeerNetwork;
  readonly members: StoreProcess[] = [];
  /** Told where a member's process ends that was not killed. */
  onFailure: (text: string) => void = () => {};
  readonly #disks: HeldSyncs | undefined;
  readonly #environment: Readonly<Record<string, string>>;
  #nextNumber = 1;

  private constructor(folder: string, network: PeerNetwork, options: StoreClusterOptions) {
    this.folder = folder;
    this.network = network;
    this.#disks = options.withDisks ? new HeldSyncs(folder) : undefined;
    this.#environment = options.mutant === undefined ? {} : mutantEnvironment(options.mutant);
  }

  /** Starts the members; resolves when all serve. */
  static async start(options: StoreClusterOptions): Promise<StoreCluster> {
    const links = await openNetwork(options.network);
    const folder = await mkdtemp(join(tmpdir(), "quorate-torture-"));
    const cluster = new StoreCluster(folder, links, options);
    try {
      const places = [];
      for (let left = options.members; left > 0; left--) places.push(await links.add());
      const urls = places.map(({ advertisePeerUrl }, index) => `m${index + 1}=${advertisePeerUrl}`);
      for (const place of places) await cluster.#add(place, urls.join(), true);
      await cluster.startAll();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Those that belong to the cluster as far as its operator knows. */
  get current(): readonly StoreProcess[] {
    return this.members.filter(({ isGone }) => !isGone);
  }

  /** The one that has said last that it leads; a process that is down or a term that is over may be named. */
  get leader(): StoreProcess {
    return this.current.toSorted((a, b) => b.ledTerm - a.ledTerm)[0]!;
  }

  get endpoints(): readonly string[] {
    return this.current.map(({ endpoint }) => endpoint);
  }

  /** Starts whoever is down and waits until they serve. */
  async startAll(): Promise<void> {
    for (const member of this.current) member.start();
    await Promise.all(this.current.map((member) => this.#served(member)));
  }

  /** Starts one that is down; does not wait. */
  restart(member: StoreProcess): void {
    if (member.isGone) return;
    member.start();
    this.#served(member).catch(() => {});
  }

  /** What the first of each pair sends to the second vanishes, until `network.heal`. */
  async cut(pairs: readonly (readonly [from: StoreProcess, to: StoreProcess])[]): Promise<void> {
    await Promise.all(pairs.map(([from, to]) => this.network.cut(from.options.place, to.options.place)));
  }

  /** Each sync of the member takes so much longer, or none ends, until `quickDisk`. */
  async slowDisk(member: StoreProcess, ms: number): Promise<void> {
    const disks = this.#disks;
    if (!disks) throw new Error("the cluster was started without disks that can be held back");
    const number = this.#number(member);
    await (Number.isFinite(ms) ? disks.slow(number, ms) : disks.stall(number));
  }

  async quickDisk(member: StoreProcess): Promise<void> {
    await this.#disks?.goOn(this.#number(member));
  }

  /** Removes a member, whose data is lost, and adds a new one in its place; resolves when that one votes. */
  async replace(member: StoreProcess): Promise<StoreProcess> {
    member.isGone = true;
    await member.kill();
    const admin = new EtcdAdminClient({ endpoints: this.endpoints, timeoutMs: 5000 });
    try {
      await again(() => admin.memberRemove(member.id), "MEMBER_NOT_FOUND");
      await this.network.remove(member.options.place);
      await rm(member.options.dataDir, { recursive: true, force: true });
      const place = await this.network.add();
      await again(() => admin.memberAdd([place.advertisePeerUrl], true), "PEER_URL_EXISTS");
      const others = this.current.map(({ options }) => `${options.name}=${options.place.advertisePeerUrl}`);
      const name = `m${this.#nextNumber}`;
      const added = await this.#add(place, [...others, `${name}=${place.advertisePeerUrl}`].join(), false);
      added.start();
      await this.#served(added);
      await again(() => admin.memberPromote(added.id), "NOT_A_LEARNER");
      return added;
    } finally {
      admin.close();
    }
  }

  async stop(): Promise<void> {
    for (const member of this.members) member.signal("SIGCONT");
    await Promise.all(this.members.map((member) => member.kill()));
    await this.network.close().catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }

  async #add(
    place: StoreProcess["options"]["place"],
    initialCluster: string,
    isNewCluster: boolean,
  ): Promise<StoreProcess> {
    const number = this.#nextNumber++;
    const member = new StoreProcess({
      name: `m${number}`,
      dataDir: (await this.#disks?.add(number)) ?? join(this.folder, `m${number}`),
      place,
      clientPort: await freePort(),
      initialCluster,
      isNewCluster,
      environment: joined(this.#environment, this.#disks?.environment(number) ?? {}),
    });
    member.onFailure = (text) => this.onFailure(text);
    this.members.push(member);
    return member;
  }

  #number(member: StoreProcess): number {
    return this.members.indexOf(member) + 1;
  }

  async #served(member: StoreProcess): Promise<void> {
    await member.ready();
    this.network.named(member.options.place, member.id);
  }
}

type Environment = Readonly<Record<string, string>>;

/** Both; options of Node are added up. */
function joined(one: Environment, other: Environment): Environment {
  const options = [one["NODE_OPTIONS"], other["NODE_OPTIONS"]].filter(Boolean).join(" ");
  return { ...one, ...other, ...(options ? { NODE_OPTIONS: options } : undefined) };
}

const TRIES = 100;
const BETWEEN_TRIES_MS = 100;

/** Until it works, or until it turns out to have been done already. */
async function again(run: () => Promise<unknown>, doneCode: string): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      await run();
      return;
    } catch (error) {
      if ((error as { code?: string }).code === doneCode) return;
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
  }
}
