/** Real etcd servers for tests, where the binary is on PATH. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

export interface EtcdProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it by force and takes its data away. */
  stop(): Promise<void>;
}

/** The etcd on PATH. */
export function findEtcd(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "etcd")).find((file) => existsSync(file));
}

/** One etcd alone, with short elections; resolves when it serves. */
export async function startEtcd(binary: string): Promise<EtcdProcess> {
  const [server] = await startEtcdCluster(binary, 1);
  return server!;
}

/**
 * A cluster of etcds; resolves when all serve. Another process may take a free port first: then it tries
 * again.
 */
export async function startEtcdCluster(binary: string, size: number): Promise<EtcdProcess[]> {
  for (let attempt = 1; ; attempt++) {
    const started = await Promise.allSettled(await startMembers(binary, size));
    const members = started.filter((one) => one.status === "fulfilled").map((one) => one.value);
    if (members.length === size) return members;
    await Promise.all(members.map((member) => member.stop()));
    const failed = started.find((one) => one.status === "rejected");
    if (attempt === 3) throw failed!.reason;
  }
}

async function startMembers(binary: string, size: number): Promise<Promise<EtcdProcess>[]> {
  const ports = await freePorts(2 * size);
  const members = Array.from({ length: size }, (_, i) => ({
    name: `m${i}`,
    client: `http://127.0.0.1:${ports[2 * i]}`,
    peer: `http://127.0.0.1:${ports[2 * i + 1]}`,
  }));
  const initial = members.map(({ name, peer }) => `${name}=${peer}`).join(",");
  const election = size === 1 ? 100 : 1_000;
  return members.map(({ name, client, peer }) =>
    startMember(binary, client, [
      ...[`--name=${name}`, `--initial-cluster=${initial}`, `--initial-cluster-token=${ports.join("-")}`],
      ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
      ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
      ...["--unsafe-no-fsync", `--heartbeat-interval=${election / 10}`, `--election-timeout=${election}`],
    ]),
  );
}

async function startMember(binary: string, url: string, flags: string[]): Promise<EtcdProcess> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-etcd-"));
  const child = spawn(binary, [`--data-dir=${folder}`, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.removeListener("exit", kill);
    kill();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const lines: string[] = [];
  const serves = new Promise<boolean>((resolve) => {
    createInterface(child.stderr!).on("line", (line) => {
      if (lines.length < 200) lines.push(line);
      if (line.includes("ready to serve client requests")) resolve(true);
    });
    void exited.then(() => resolve(false));
  });
  if (!(await serves)) {
    await stop();
    throw new Error(`etcd did not start:\n${lines.slice(-5).join("\n")}`);
  }
  return { url, process: child, stop };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
