/** Members as processes on loopback with a proxy in front of each one's peer address. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdAdminClient } from "@quorate/etcd-api";
import { freePort, PeerLinks, PeerProxy } from "./peer-proxy.ts";
import { StoreProcess } from "./store-process.ts";

interface Place {
  readonly name: string;
  readonly proxy: PeerProxy;
  readonly peerPort: number;
  readonly clientPort: number;
}

/** A cluster and what it needs to be taken away again. */
export class StoreCluster {
  readonly folder: string;
  readonly links = new PeerLinks();
  readonly members: StoreProcess[] = [];
  readonly #proxies = new Map<StoreProcess, PeerProxy>();
  #nextName = 1;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Starts `size` members; resolves when all serve. */
  static async start(size: number): Promise<StoreCluster> {
    const cluster = new StoreCluster(await mkdtemp(join(tmpdir(), "quorate-torture-")));
    const places = await Promise.all(Array.from({ length: size }, () => cluster.#place()));
    const initialCluster = places.map(({ name, proxy }) => `${name}=http://127.0.0.1:${proxy.port}`).join();
    for (const place of places) cluster.#add(place, initialCluster, true);
    await cluster.startAll();
    return cluster;
  }

  /** Those that belong to the cluster as far as its operator knows. */
  get current(): readonly StoreProcess[] {
    return this.members.filter(({ isGone }) => !isGone);
  }

  /** The one that has said last that it leads; a process that is down or a term that is over may be named. */
  get leader(): StoreProcess | undefined {
    return this.current.toSorted((a, b) => b.ledTerm - a.ledTerm)[0];
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

  /** Removes a member, whose data is lost, and adds a new one in its place; resolves when that one votes. */
  async replace(member: StoreProcess): Promise<StoreProcess> {
    member.isGone = true;
    await member.kill();
    const admin = new EtcdAdminClient({ endpoints: this.endpoints, timeoutMs: 5000 });
    try {
      await again(() => admin.memberRemove(member.id), "MEMBER_NOT_FOUND");
      await this.#proxies.get(member)?.close();
      const place = await this.#place();
      const peerUrl = `http://127.0.0.1:${place.proxy.port}`;
      await again(() => admin.memberAdd([peerUrl], true), "PEER_URL_EXISTS");
      const others = this.current.map(({ options, peerUrl: url }) => `${options.name}=${url}`);
      const added = this.#add(place, [...others, `${place.name}=${peerUrl}`].join(), false);
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
    for (const proxy of this.#proxies.values()) await proxy.close().catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }

  async #place(): Promise<Place> {
    const name = `m${this.#nextName++}`;
    const [peerPort, clientPort] = [await freePort(), await freePort()];
    return { name, peerPort, clientPort, proxy: await PeerProxy.listen(peerPort, this.links) };
  }

  #add(place: Place, initialCluster: string, isNewCluster: boolean): StoreProcess {
    const { name, proxy, peerPort, clientPort } = place;
    const member = new StoreProcess({
      name,
      dataDir: join(this.folder, name),
      clientPort,
      peerPort,
      proxyPort: proxy.port,
      initialCluster,
      isNewCluster,
    });
    this.members.push(member);
    this.#proxies.set(member, proxy);
    return member;
  }

  async #served(member: StoreProcess): Promise<void> {
    await member.ready();
    this.#proxies.get(member)!.member = member.id;
  }
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
