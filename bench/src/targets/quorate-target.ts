/**
 * Quorate as it runs in production: a `quorate serve` for each member, and `quorate store`, with fresh data.
 * The cluster command's own process, which only watches over its members, is left out of what is measured.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "../target.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { type ServerChild, startChild, untilReady } from "./child.ts";
import { freePorts } from "./free-port.ts";
import { isReady } from "./ready.ts";
import type { StoreCommand } from "./store-target.ts";

const COMMAND = fileURLToPath(new URL("../../../packages/quorate/bin/quorate.mjs", import.meta.url));
const READY_LIMIT_MS = 90_000;
const HOST = "127.0.0.1";

/** `quorate store`. */
export const QUORATE_STORE: StoreCommand = {
  side: "quorate",
  program: process.execPath,
  args: [COMMAND, "store"],
};

/** One start of one member. */
export interface ServePlan {
  readonly name: string;
  readonly dataDirectory: string;
  readonly files: Certificates;
  readonly host: string;
  readonly securePort: number;
  readonly peerListenUrl: string;
  readonly peerUrl: string;
  readonly initialCluster: string;
  readonly state: "new" | "existing";
}

/** The command of a member with mutual TLS on all sides. */
export function serveCommand(plan: ServePlan): readonly string[] {
  const { files } = plan;
  return [
    ...[process.execPath, COMMAND, "serve"],
    ...["--name", plan.name, "--data-dir", plan.dataDirectory],
    ...["--bind-address", plan.host, "--advertise-address", plan.host],
    ...["--secure-port", String(plan.securePort)],
    ...["--tls-cert-file", files.cert, "--tls-private-key-file", files.key, "--client-ca-file", files.ca],
    ...["--service-account-key-file", files.serviceAccountPublicKey],
    ...["--service-account-signing-key-file", files.serviceAccountKey],
    ...["--listen-peer-urls", plan.peerListenUrl, "--initial-advertise-peer-urls", plan.peerUrl],
    ...["--initial-cluster", plan.initialCluster, "--initial-cluster-state", plan.state],
    ...["--peer-cert-file", files.cert, "--peer-key-file", files.key],
    ...["--peer-trusted-ca-file", files.ca],
  ];
}

/** How a cluster is started. */
export interface QuorateOptions {
  readonly members: number;
  /** Further flags for every member. */
  readonly extraArgs?: readonly string[];
  /** Added to the environment, such as NODE_OPTIONS for a profile. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Where data and logs lie; what an earlier start left there is gone on with, and `stop` leaves it all in
   * place.
   */
  readonly directory?: string;
}

function startMembers(options: QuorateOptions, directory: string, files: Certificates, base: number) {
  const urls = Array.from({ length: options.members }, (_, member) => ({
    api: `https://${HOST}:${base + member * 2}`,
    peer: `https://${HOST}:${base + member * 2 + 1}`,
  }));
  const initialCluster = urls.map(({ peer }, member) => `m${member}=${peer}`).join(",");
  const children = urls.map(({ peer }, member) => {
    const [program, ...args] = serveCommand({
      name: `m${member}`,
      dataDirectory: join(directory, `m${member}`),
      files,
      host: HOST,
      securePort: base + member * 2,
      peerListenUrl: peer,
      peerUrl: peer,
      initialCluster,
      state: "new",
    });
    const log = join(directory, `m${member}.log`);
    return startChild(program!, [...args, ...(options.extraArgs ?? [])], log, {
      ...process.env,
      ...options.environment,
    });
  });
  return { children, endpoints: urls.map(({ api }) => api) };
}

/** Members that go on with their data keep their addresses. */
async function basePortOf(directory: string, members: number): Promise<number> {
  const file = join(directory, "base-port");
  const known = await readFile(file, "utf8").catch(() => "");
  const base = Number(known) || (await freePorts(members * 2));
  await writeFile(file, String(base));
  return base;
}

/** Starts a cluster; resolves once every member is ready. */
export async function startQuorate(options: QuorateOptions): Promise<Target> {
  const own = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "quorate-bench-")));
  await mkdir(directory, { recursive: true });
  let children: readonly ServerChild[] = [];
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()));
    if (own) await rm(directory, { recursive: true, force: true });
  };
  try {
    const files = await makeCertificates(directory);
    const base = await basePortOf(directory, options.members);
    const started = performance.now();
    const cluster = startMembers(options, directory, files, base);
    children = cluster.children;
    for (const [member, child] of children.entries()) {
      const endpoint = cluster.endpoints[member]!;
      await untilReady(child, "quorate serve", READY_LIMIT_MS, () => isReady(endpoint, files.credentials));
    }
    return {
      name: "quorate",
      surface: "api",
      members: options.members,
      endpoints: cluster.endpoints,
      credentials: files.credentials,
      metricsUrls: cluster.endpoints.map((endpoint) => `${endpoint}/metrics`),
      dataDirectory: directory,
      pids: children.map((child) => child.pid),
      readySeconds: (performance.now() - started) / 1000,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
