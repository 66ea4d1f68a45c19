/**
 * Quorate as the user starts it: `quorate cluster` with fresh data in a temporary directory, and `quorate
 * store`.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Credentials, Target } from "../target.ts";
import { startChild, untilReady } from "./child.ts";
import { freePorts } from "./free-port.ts";
import { isReady } from "./ready.ts";
import type { StoreCommand } from "./store-target.ts";

const COMMAND = fileURLToPath(new URL("../../../packages/quorate/bin/quorate.mjs", import.meta.url));
const READY_LIMIT_MS = 60_000;
const PORTS_OF_A_CLUSTER = 40;

/** `quorate store`. */
export const QUORATE_STORE: StoreCommand = {
  side: "quorate",
  program: process.execPath,
  args: [COMMAND, "store"],
};

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

/** Endpoints of all members and the admin's credentials, from the kubeconfig that the cluster wrote. */
export async function readKubeconfig(
  file: string,
): Promise<{ readonly endpoints: string[]; readonly credentials: Credentials }> {
  const config = parse(await readFile(file, "utf8")) as Kubeconfig;
  const text = (base64: string) => Buffer.from(base64, "base64").toString();
  const { cluster } = config.clusters[0]!;
  const { user } = config.users[0]!;
  return {
    endpoints: [...new Set(config.clusters.map((entry) => entry.cluster.server))],
    credentials: {
      ca: text(cluster["certificate-authority-data"]),
      cert: text(user["client-certificate-data"]),
      key: text(user["client-key-data"]),
    },
  };
}

/** How a cluster is started. */
export interface QuorateOptions {
  readonly members: number;
  readonly extraArgs?: readonly string[];
  /** Added to the environment, such as NODE_OPTIONS for a profile. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Holds data and log; data of an earlier start is gone on with, and `stop` leaves it all in place. */
  readonly directory?: string;
}

/** A running `quorate cluster`. */
export interface QuorateTarget extends Target {
  readonly logFile: string;
}

/** Starts a cluster; resolves once every member is ready. */
export async function startQuorate(options: QuorateOptions): Promise<QuorateTarget> {
  const own = options.directory === undefined;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "quorate-bench-")));
  const dataDirectory = join(directory, "data");
  const logFile = join(directory, "cluster.log");
  const kubeconfig = join(dataDirectory, "kubeconfig");
  // What is there already knows its ports.
  const ports = existsSync(kubeconfig) ? [] : ["--base-port", String(await freePorts(PORTS_OF_A_CLUSTER))];
  const args = ["cluster", "--members", String(options.members), "--data-dir", dataDirectory, ...ports];
  const started = performance.now();
  const child = startChild(process.execPath, [COMMAND, ...args, ...(options.extraArgs ?? [])], logFile, {
    ...process.env,
    ...options.environment,
  });
  const stop = async () => {
    await child.stop();
    if (own) await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(child, "quorate cluster", READY_LIMIT_MS, async () => {
      if (!existsSync(kubeconfig)) return false;
      const { endpoints, credentials } = await readKubeconfig(kubeconfig);
      const ready = await Promise.all(endpoints.map((endpoint) => isReady(endpoint, credentials)));
      return ready.every(Boolean);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const readySeconds = (performance.now() - started) / 1000;
  const { endpoints, credentials } = await readKubeconfig(kubeconfig);
  return {
    name: "quorate",
    surface: "api",
    members: options.members,
    endpoints,
    credentials,
    metricsUrls: endpoints.map((endpoint) => `${endpoint}/metrics`),
    pids: [child.pid],
    readySeconds,
    dataDirectory,
    logFile,
    stop,
  };
}
