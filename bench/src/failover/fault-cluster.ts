/**
 * A cluster that faults are done to: each member a process of its own behind a network and on a disk that can
 * be cut and stalled. Members that die are started again by itself, as a supervisor would, unless they are to
 * stay down.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause } from "../pause.ts";
import { getText, samplesOf } from "../scrape.ts";
import type { Credentials } from "../target.ts";
import { type Certificates, makeCertificates } from "../targets/certificates.ts";
import { freePorts } from "../targets/free-port.ts";
import { isReady } from "../targets/ready.ts";
import { canFreeze, type DataDisks, FrozenDisks, HeldSyncs } from "./disk-stall.ts";
import type { MemberProgram } from "./member-program.ts";
import { canUseNamespaces, NamespaceNetwork } from "./namespace-network.ts";
import type { PeerNetwork } from "./peer-network.ts";
import { ProxyNetwork } from "./proxy-network.ts";

/** How a supervisor behaves: it starts again what died after so long. */
const RESTART_MS = 250;
const STOP_MS = 15_000;
const START_LIMIT_MS = 90_000;
const POLL_MS = 25;
const NAMESPACE_PORT = 6443;

interface Member {
  readonly index: number;
  name: string;
  dataDirectory: string;
  state: "new" | "existing";
  initialCluster: string;
  readonly clientPort: number;
  readonly storePort: number;
  child: ChildProcess | undefined;
  /** Nobody starts it again when it dies. */
  isDown: boolean;
}

/** What a cluster is made of. */
export interface FaultClusterOptions {
  readonly program: MemberProgram;
  readonly members: number;
  /** Namespaces and frozen file systems where this process may make them; else, and where false, proxies. */
  readonly privileged: boolean;
  /** What is going to be put into the store before a fault; see `fillStore`. */
  readonly fillBytes: number;
}

/** Members with their processes. */
export class FaultCluster {
  readonly program: MemberProgram;
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly network: PeerNetwork;
  readonly disks: DataDisks;
  readonly #directory: string;
  readonly #files: Certificates;
  readonly #members: readonly Member[];
  #stopping = false;

  private constructor(parts: {
    readonly program: MemberProgram;
    readonly network: PeerNetwork;
    readonly disks: DataDisks;
    readonly directory: string;
    readonly files: Certificates;
    readonly members: readonly Member[];
  }) {
    this.program = parts.program;
    this.network = parts.network;
    this.disks = parts.disks;
    this.#directory = parts.directory;
    this.#files = parts.files;
    this.#members = parts.members;
    this.credentials = parts.files.credentials;
    this.endpoints = parts.members.map(
      ({ index, clientPort }) => `https://${parts.network.clientHost(index)}:${clientPort}`,
    );
  }

  /** Starts all members; resolves once every one is ready. */
  static async start(options: FaultClusterOptions): Promise<FaultCluster> {
    const { program, members: count, privileged, fillBytes } = options;
    const directory = await mkdtemp(join(tmpdir(), "quorate-failover-"));
    const members: Member[] = [];
    const pidOf = (member: number) => members[member]?.child?.pid;
    const network =
      privileged && (await canUseNamespaces())
        ? await NamespaceNetwork.start(count)
        : await ProxyNetwork.start(count, pidOf);
    const disks =
      privileged && (await canFreeze(directory))
        ? new FrozenDisks(directory, fillBytes)
        : new HeldSyncs(directory);
    const places = Array.from({ length: count }, (_, member) => network.place(member));
    const addresses = places.flatMap(({ advertiseUrl }, member) => [
      new URL(advertiseUrl).hostname,
      network.clientHost(member),
    ]);
    const files = await makeCertificates(directory, addresses);
    const base = network.kind === "proxies" ? await freePorts(count * 2) : undefined;
    for (let index = 0; index < count; index++) {
      members.push({
        index,
        name: `m${index + 1}`,
        dataDirectory: await disks.add(index),
        state: "new",
        initialCluster: places.map(({ advertiseUrl }, i) => `m${i + 1}=${advertiseUrl}`).join(","),
        clientPort: base === undefined ? NAMESPACE_PORT : base + index * 2,
        storePort: base === undefined ? NAMESPACE_PORT + 1 : base + index * 2 + 1,
        child: undefined,
        isDown: false,
      });
    }
    const cluster = new FaultCluster({ program, network, disks, directory, files, members });
    try {
      for (const member of members) cluster.#spawn(member);
      await cluster.untilAllReady(START_LIMIT_MS);
      return cluster;
    } catch (error) {
      const logs = cluster.#logs();
      await cluster.stop();
      throw new Error(`${(error as Error).message}; the ends of the members' logs:\n${logs}`);
    }
  }

  /** The id of a member's process; throws where it does not live. */
  getPid(member: number): number {
    const pid = this.#members[member]?.child?.pid;
    if (pid === undefined) throw new Error(`member ${member + 1} has no process`);
    return pid;
  }

  /** Where etcd's calls are answered: by the store itself, or beside the API. */
  storeEndpoint(member: number): string {
    if (this.program.surface === "store") return this.endpoints[member]!;
    const { index, storePort } = this.#members[member]!;
    return `https://${this.network.clientHost(index)}:${storePort}`;
  }

  /** Resolves once a member has another process than `before`. */
  async untilRestarted(member: number, before: number, limitMs: number): Promise<void> {
    const limit = performance.now() + limitMs;
    while (performance.now() < limit) {
      const pid = this.#members[member]!.child?.pid;
      if (pid !== undefined && pid !== before) return;
      await pause(POLL_MS);
    }
    throw new Error(`member ${member + 1} did not end and come back within ${limitMs / 1000} s`);
  }

  /** Sends a signal to a member's process. */
  signal(member: number, signal: NodeJS.Signals): void {
    process.kill(this.getPid(member), signal);
  }

  /** Kills a member and leaves it down until `bringBack`. */
  async takeDown(member: number): Promise<void> {
    const own = this.#members[member]!;
    own.isDown = true;
    await this.#end(own, "SIGKILL");
  }

  /**
   * Starts a member that was taken down, with another name and without its data where it is a replacement.
   */
  async bringBack(member: number, replacement?: { name: string; initialCluster: string }): Promise<void> {
    const own = this.#members[member]!;
    if (replacement) {
      await rm(own.dataDirectory, { recursive: true, force: true });
      Object.assign(own, replacement, { state: "existing" });
    }
    own.isDown = false;
    this.#spawn(own);
  }

  /** The member that says it leads, by the metric that etcd has for it; undefined where none does. */
  async findLeader(): Promise<number | undefined> {
    const texts = await Promise.all(
      this.endpoints.map((endpoint) => getText(`${endpoint}/metrics`, this.credentials)),
    );
    const leader = texts.findIndex((text) => text && samplesOf(text, "etcd_server_is_leader").includes(1));
    return leader < 0 ? undefined : leader;
  }

  /** As `findLeader`, waiting for one. */
  async getLeader(): Promise<number> {
    const limit = performance.now() + STOP_MS;
    while (performance.now() < limit) {
      const leader = await this.findLeader();
      if (leader !== undefined) return leader;
      await pause(POLL_MS);
    }
    throw new Error("no member says that it leads");
  }

  /** Resolves once every member is ready at the same time; throws after `limitMs`. */
  async untilAllReady(limitMs: number): Promise<void> {
    const limit = performance.now() + limitMs;
    while (performance.now() < limit) {
      const ready = await Promise.all(this.endpoints.map((endpoint) => isReady(endpoint, this.credentials)));
      if (ready.every(Boolean)) return;
      await pause(POLL_MS);
    }
    throw new Error(`not all members were ready within ${limitMs / 1000} s`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#members.map((member) => this.#end(member, "SIGTERM")));
    await this.network.close();
    await this.disks.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #logFile(member: Member): string {
    return join(this.#directory, `member-${member.index + 1}.log`);
  }

  #logs(): string {
    const ends = this.#members.map((member) => {
      const log = readFileSync(this.#logFile(member), "utf8").slice(-600);
      return `-- member ${member.index + 1}\n${log}`;
    });
    return ends.join("\n");
  }

  #spawn(member: Member): void {
    const { index } = member;
    const place = this.network.place(index);
    const command = this.program.command({
      ...member,
      files: this.#files,
      host: this.network.clientHost(index),
      peerListenUrl: place.listenUrl,
      peerUrl: place.advertiseUrl,
    });
    const [file, ...args] = this.network.wrap(index, command);
    const log = openSync(this.#logFile(member), "a");
    const child = spawn(file!, args, {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...this.disks.environment(index) },
    });
    closeSync(log);
    member.child = child;
    child.once("exit", () => {
      if (member.child !== child) return;
      member.child = undefined;
      setTimeout(() => {
        if (!member.isDown && !this.#stopping && !member.child) this.#spawn(member);
      }, RESTART_MS);
    });
  }

  async #end(member: Member, signal: NodeJS.Signals): Promise<void> {
    const { child } = member;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGCONT");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}
