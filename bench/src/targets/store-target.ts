/**
 * Stores by etcd's command line: etcd 3.6 itself and `quorate store`, which takes the same flags. Members
 * with fresh data and mutual TLS towards clients and each other, everything else by default.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Side, Target } from "../target.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { type ServerChild, startChild, untilReady } from "./child.ts";
import { freePorts } from "./free-port.ts";
import { isReady } from "./ready.ts";

const READY_LIMIT_MS = 120_000;

/** A program and the arguments that stand before the flags. */
export interface StoreCommand {
  readonly side: Side;
  readonly program: string;
  readonly args: readonly string[];
}

/** One start of one member. */
export interface StorePlan {
  readonly name: string;
  readonly dataDirectory: string;
  readonly files: Certificates;
  readonly clientUrl: string;
  readonly peerListenUrl: string;
  readonly peerUrl: string;
  readonly initialCluster: string;
  readonly state: "new" | "existing";
}

/** etcd's flags for a member with mutual TLS on both sides. */
export function storeFlags(plan: StorePlan): string[] {
  const { files, clientUrl } = plan;
  return [
    ...["--name", plan.name, "--data-dir", plan.dataDirectory],
    ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
    ...["--listen-peer-urls", plan.peerListenUrl, "--initial-advertise-peer-urls", plan.peerUrl],
    ...["--initial-cluster", plan.initialCluster, "--initial-cluster-state", plan.state],
    ...["--cert-file", files.cert, "--key-file", files.key, "--trusted-ca-file", files.ca],
    ...["--peer-cert-file", files.cert, "--peer-key-file", files.key, "--peer-trusted-ca-file", files.ca],
    ...["--client-cert-auth", "--peer-client-cert-auth", "--log-level", "error"],
  ];
}

/** Processes and where their clients connect. */
export interface StoreCluster {
  readonly children: readonly ServerChild[];
  readonly urls: readonly string[];
}

/** Starts members whose data lies in `directory`; resolves once all are ready. */
export async function startStoreCluster(
  members: number,
  directory: string,
  files: Certificates,
  command: StoreCommand,
  environment: Readonly<Record<string, string>> = {},
): Promise<StoreCluster> {
  const base = await freePorts(members * 2);
  const urls = Array.from({ length: members }, (_, member) => ({
    client: `https://127.0.0.1:${base + member * 2}`,
    peer: `https://127.0.0.1:${base + member * 2 + 1}`,
  }));
  const log = join(directory, "store.log");
  const initialCluster = urls.map(({ peer }, member) => `m${member}=${peer}`).join(",");
  const children = urls.map(({ client, peer }, member) => {
    const flags = storeFlags({
      name: `m${member}`,
      dataDirectory: join(directory, `store-${member}`),
      files,
      clientUrl: client,
      peerListenUrl: peer,
      peerUrl: peer,
      initialCluster,
      state: "new",
    });
    return startChild(command.program, [...command.args, ...flags], log, { ...process.env, ...environment });
  });
  try {
    for (const [member, child] of children.entries()) {
      await untilReady(child, `the ${command.side} store`, READY_LIMIT_MS, () =>
        isReady(urls[member]!.client, files.credentials),
      );
    }
  } catch (error) {
    await Promise.all(children.map((child) => child.stop()));
    throw error;
  }
  return { children, urls: urls.map(({ client }) => client) };
}

/** A store alone, for the store's workloads. */
export async function startStore(
  members: number,
  command: StoreCommand,
  environment?: Readonly<Record<string, string>>,
): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), `quorate-bench-store-`));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const files = await makeCertificates(directory);
    const started = performance.now();
    const { children, urls } = await startStoreCluster(members, directory, files, command, environment);
    return {
      name: command.side,
      surface: "store",
      members,
      endpoints: urls,
      credentials: files.credentials,
      metricsUrls: urls.map((url) => `${url}/metrics`),
      dataDirectory: directory,
      pids: children.map((child) => child.pid),
      readySeconds: (performance.now() - started) / 1000,
      stop: async () => {
        await Promise.all(children.map((child) => child.stop()));
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
