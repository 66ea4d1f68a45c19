/** Quorate as the user starts it: `quorate cluster` with fresh data in a temporary directory. */
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

const COMMAND = fileURLToPath(new URL("../../../packages/quorate/bin/quorate.mjs", import.meta.url));
const READY_LIMIT_MS = 60_000;

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

export interface QuorateOptions {
  readonly members: number;
  readonly extraArgs?: readonly string[];
}

export interface QuorateTarget extends Target {
  readonly dataDirectory: string;
  readonly logFile: string;
}

export async function startQuorate(options: QuorateOptions): Promise<QuorateTarget> {
  const directory = await mkdtemp(join(tmpdir(), "quorate-bench-"));
  const basePort = await freePorts(options.members * 4 + 10);
  const logFile = join(directory, "cluster.log");
  const dataDirectory = join(directory, "data");
  const kubeconfig = join(dataDirectory, "kubeconfig");
  const started = performance.now();
  const child = startChild(
    process.execPath,
    [
      COMMAND,
      "cluster",
      "--members",
      String(options.members),
      "--data-dir",
      dataDirectory,
      "--base-port",
      String(basePort),
      ...(options.extraArgs ?? []),
    ],
    logFile,
  );
  const stop = async () => {
    await child.stop();
    await rm(directory, { recursive: true, force: true });
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
    endpoints,
    credentials,
    pids: [child.pid],
    readySeconds,
    dataDirectory,
    logFile,
    stop,
  };
}
