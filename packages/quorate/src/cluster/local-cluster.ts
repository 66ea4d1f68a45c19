/**
 * A cluster on this machine: its files, its certificates, and a process for each member. Only one command at
 * a time works on a data directory; what a killed one left behind is waited for, then taken over.
 */
import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CodedError } from "@quorate/base";
import { DataDirectory } from "@quorate/disk";
import { ensureClusterCertificates } from "../certificates/cluster-certificates.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import { DEFAULT_SERVICE_RANGE, kubernetesServiceAddress } from "../member/service-address.ts";
import { checkPortFree } from "../port-probe.ts";
import { type ClusterFile, readClusterFile, writeClusterFile } from "./cluster-file.ts";
import { type ClusterLayout, layOut, type MemberLayout } from "./cluster-layout.ts";
import { MemberProcess } from "./member-process.ts";

/** How long a member of a killed command may take to end by itself. */
const LEFTOVER_MS = 10_000;
const LEFTOVER_POLL_MS = 50;

/** Which cluster, and how its members run. */
export interface LocalClusterOptions {
  readonly dataDirectory: string;
  /** What the data directory says where absent; 3 where that is new. */
  readonly members?: number | undefined;
  readonly basePort?: number | undefined;
  /** Bring members back that die; true where absent. */
  readonly restart?: boolean;
  /** Further flags of `quorate serve`, for every member. */
  readonly serveArgs?: readonly string[];
}

interface LocalClusterEvents {
  ready: [member: string];
  leader: [member: string];
  died: [member: string, how: string, restartMs: number | undefined];
  failed: [member: string, message: string];
}

async function waitForLeftover({ dataDirectory }: MemberLayout): Promise<void> {
  const text = await readFile(join(dataDirectory, "member.pid"), "utf8").catch(() => "");
  const pid = Number(text.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0) return;
  const limit = performance.now() + LEFTOVER_MS;
  while (performance.now() < limit) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, LEFTOVER_POLL_MS));
  }
}

/** The processes of one cluster; emits what happens to them. Members end with this process. */
export class LocalCluster extends EventEmitter<LocalClusterEvents> {
  readonly dataDirectory: string;
  readonly layout: ClusterLayout;
  readonly members: readonly MemberProcess[];
  readonly #lock: DataDirectory;
  #leader: string | undefined;

  private constructor(
    dataDirectory: string,
    layout: ClusterLayout,
    members: readonly MemberProcess[],
    lock: DataDirectory,
  ) {
    super();
    this.dataDirectory = dataDirectory;
    this.layout = layout;
    this.members = members;
    this.#lock = lock;
    for (const member of members) this.#follow(member);
  }

  /** Locks the data directory and makes all that the members need; starts nothing. */
  static async prepare(options: LocalClusterOptions): Promise<LocalCluster> {
    const dataDirectory = resolve(options.dataDirectory);
    const lock = await DataDirectory.open({ path: dataDirectory });
    try {
      const clusterFile = layOut({ dataDirectory, members: 1, basePort: 1 }).clusterFile;
      const file = await readClusterFile(clusterFile, options);
      const layout = layOut({ dataDirectory, ...file });
      for (const member of layout.members) await waitForLeftover(member);
      for (const member of layout.members) {
        await checkPortFree(member.host, member.securePort, "--base-port");
        await checkPortFree(member.host, member.peerPort, "--base-port");
      }
      const certificates = await ensureClusterCertificates({
        folder: layout.certificateFolder,
        members: layout.members.map(({ name, host }) => ({ name, hosts: [host] })),
        serviceAddress: kubernetesServiceAddress(DEFAULT_SERVICE_RANGE),
      });
      await writeKubeconfig({
        file: layout.kubeconfigFile,
        authority: certificates.authority,
        admin: certificates.admin,
        members: layout.members,
      });
      await writeClusterFile(clusterFile, file);
      const members = layout.members.map(
        (member, index) =>
          new MemberProcess({
            name: member.name,
            args: serveArgs(member, layout, file, certificates, index).concat(options.serveArgs ?? []),
            logFile: member.logFile,
            restart: options.restart ?? true,
          }),
      );
      return new LocalCluster(dataDirectory, layout, members, lock);
    } catch (error) {
      await lock.close();
      throw error;
    }
  }

  /** The member that leads, as far as the members have said. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /** Starts every member. */
  start(): void {
    for (const member of this.members) member.start();
  }

  getMember(name: string): MemberProcess {
    const member = this.members.find((one) => one.name === name);
    if (!member) throw new CodedError("MEMBER_UNKNOWN", `no member is called ${name}`);
    return member;
  }

  /**
   * Resolves once every member answers or has said why it can't, and a majority of them answers. Throws
   * CLUSTER_NOT_STARTED with the members' own lines where too many can't run.
   */
  async untilReady(): Promise<void> {
    for (;;) {
      const down = this.members.filter(({ state }) => state === "failed" || state === "stopped");
      const ready = this.members.filter(({ state }) => state === "ready");
      if (down.length * 2 >= this.members.length) {
        const lines = down.map(({ name, failure }) => `${name}: ${failure ?? this.#logHint(name)}`);
        throw new CodedError("CLUSTER_NOT_STARTED", lines.join("; "));
      }
      if (down.length + ready.length === this.members.length) return;
      await this.#untilChanged();
    }
  }

  #untilChanged(): Promise<void> {
    const events = ["ready", "failed", "died"] as const;
    return new Promise((resolve) => {
      const changed = () => {
        for (const event of events) this.off(event, changed);
        resolve();
      };
      for (const event of events) this.on(event, changed);
    });
  }

  #logHint(name: string): string {
    const { logFile } = this.layout.members.find((member) => member.name === name)!;
    return `it has ended, see ${logFile}`;
  }

  /** Stops all members at once: each still finds a quorum for its last words. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop(true)));
    await this.#lock.close();
  }

  /** Ends all members at once, as a power cut would. */
  async kill(): Promise<void> {
    for (const member of this.members) member.kill("SIGKILL");
    await this.stop();
  }

  #follow(member: MemberProcess): void {
    const { name } = member;
    member.on("ready", () => this.emit("ready", name));
    member.on("leader", (leader) => {
      if (leader === undefined || leader === this.#leader) return;
      this.#leader = leader;
      this.emit("leader", leader);
    });
    member.on("failed", (message) => this.emit("failed", name, message));
    member.on("died", (how, restartMs) => this.emit("died", name, how, restartMs));
  }
}

function serveArgs(
  member: MemberLayout,
  layout: ClusterLayout,
  file: ClusterFile,
  certificates: Awaited<ReturnType<typeof ensureClusterCertificates>>,
  index: number,
): string[] {
  const { serving, peer } = certificates.members[index]!;
  const flags: Record<string, string> = {
    name: member.name,
    "data-dir": member.dataDirectory,
    "bind-address": member.host,
    "advertise-address": member.host,
    "secure-port": String(member.securePort),
    "tls-cert-file": serving.certificateFile,
    "tls-private-key-file": serving.keyFile,
    "client-ca-file": certificates.authorityFile,
    "service-account-key-file": certificates.serviceAccountPublicKeyFile,
    "service-account-signing-key-file": certificates.serviceAccountKeyFile,
    "listen-peer-urls": member.peerUrl,
    "initial-advertise-peer-urls": member.peerUrl,
    "initial-cluster": layout.initialCluster,
    "initial-cluster-token": file.token,
    "peer-cert-file": peer.certificateFile,
    "peer-key-file": peer.keyFile,
    "peer-trusted-ca-file": certificates.peerAuthorityFile,
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
