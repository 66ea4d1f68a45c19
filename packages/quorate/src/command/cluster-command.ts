/** `quorate cluster`: a whole control plane on this machine, until Ctrl-C. */
import { relative } from "node:path";
import { hasCode } from "@quorate/base";
import { Command } from "commander";
import { MEMBERS_MAX } from "../cluster/cluster-layout.ts";
import type { LocalCluster } from "../cluster/local-cluster.ts";
import { API_WORKERS_MAX } from "../workers/workers-plan.ts";
import { failureLine } from "./failure-line.ts";
import { integer } from "./flag-values.ts";
import { type StopSignals, untilAskedToStop } from "./stop-signals.ts";

const BASE_PORT_MAX = 65_000;

interface ClusterFlags {
  readonly members?: number;
  readonly dataDir: string;
  readonly basePort?: number;
  readonly apiWorkers: number;
  readonly restart: boolean;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayTrouble(line: string): void {
  process.stderr.write(`quorate: ${line}\n`);
}

/** As a user would type it: relative where that is shorter. */
function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || fromHere === "" ? path : fromHere;
}

async function startWithProgress(cluster: LocalCluster): Promise<void> {
  const { Listr } = await import("listr2");
  const tasks = cluster.members.map((member) => ({
    title: `Member ${member.name}`,
    task: () =>
      new Promise<void>((done, fail) => {
        member.once("ready", done);
        // Why is said in a line of its own.
        member.once("failed", () => fail(new Error("it can't run")));
      }),
  }));
  const list = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    renderer: process.stdout.isTTY ? "default" : "simple",
    rendererOptions: { collapseErrors: false },
    fallbackRenderer: "simple",
  });
  const shown = list.run();
  cluster.start();
  await cluster.untilReady();
  await shown;
}

function statusOf(cluster: LocalCluster): string {
  const { layout, leader } = cluster;
  const width = Math.max(...layout.members.map((member) => member.endpoint.length));
  const rows = layout.members.map(({ name, endpoint, logFile }) => {
    const { state } = cluster.getMember(name);
    const role =
      name === leader ? "leader" : state === "ready" ? "follower" : `${state}, see ${shownPath(logFile)}`;
    return `  ${name}  ${endpoint.padEnd(width)}  ${role}`;
  });
  const kubeconfig = shownPath(layout.kubeconfigFile);
  const count = layout.members.length === 1 ? "one member" : `${layout.members.length} members`;
  return [
    "",
    `Quorate is ready: ${count}, ${leader ?? "nobody"} leads`,
    "",
    ...rows,
    "",
    `  kubeconfig  ${kubeconfig}`,
    `  try         kubectl --kubeconfig ${kubeconfig} get namespaces`,
    "",
    `Ctrl-C stops it; its data stays in ${shownPath(cluster.dataDirectory)}.`,
  ].join("\n");
}

function reportTrouble(cluster: LocalCluster): void {
  cluster.on("died", (name, how, restartMs) => {
    const next = restartMs === undefined ? "it stays down" : `starting it again in ${restartMs / 1000} s`;
    sayTrouble(`${name} ${how}: ${next}`);
  });
  cluster.on("failed", (name, message) => {
    sayTrouble(`${name} can't run: ${message}`);
    process.exitCode = 1;
  });
}

function reportChanges(cluster: LocalCluster): void {
  cluster.on("ready", (name) => say(`${name} is ready`));
  cluster.on("leader", (name) => say(`${name} leads`));
}

async function runCluster(serveArgs: readonly string[], flags: ClusterFlags): Promise<void> {
  const stopping = untilAskedToStop();
  try {
    await runUntilAsked(stopping, serveArgs, flags);
  } finally {
    // A start that was refused must not wait for orders of `npm start`.
    stopping.close();
  }
}

async function runUntilAsked(
  stopping: StopSignals,
  serveArgs: readonly string[],
  flags: ClusterFlags,
): Promise<void> {
  say("Quorate: preparing the data directory and certificates");
  const { LocalCluster } = await import("../cluster/local-cluster.ts");
  const cluster = await LocalCluster.prepare({
    dataDirectory: flags.dataDir,
    members: flags.members,
    basePort: flags.basePort,
    restart: flags.restart,
    serveArgs: [...(flags.apiWorkers > 1 ? [`--api-workers=${flags.apiWorkers}`] : []), ...serveArgs],
  });
  reportTrouble(cluster);
  try {
    const started = startWithProgress(cluster).then(() => "started" as const);
    if ((await Promise.race([started, stopping.asked])) === "started") {
      say(statusOf(cluster));
      reportChanges(cluster);
      await stopping.asked;
    }
    say("\nStopping (Ctrl-C again forces it) ...");
  } catch (error) {
    process.exitCode = 1;
    if (!hasCode(error, "CLUSTER_NOT_STARTED")) sayTrouble(failureLine(error));
  }
  stopping.onSecond(() => void cluster.kill());
  cluster.removeAllListeners();
  await cluster.stop();
  say("Stopped.");
}

/** The command with its flags. */
export function clusterCommand(): Command {
  return new Command("cluster")
    .description("start a whole cluster on this machine, each member a process of its own")
    .option(
      "--members <number>",
      "how many members (default: 3, later what the data directory holds)",
      integer(1, MEMBERS_MAX),
    )
    .option("--data-dir <folder>", "kubeconfig, certificates, logs and one folder a member", ".quorate")
    .option(
      "--base-port <port>",
      "first port of the API servers; their peers use the ports from ten above it (default: 6443)",
      integer(1, BASE_PORT_MAX),
    )
    .option(
      "--api-workers <number>",
      "processes that serve the API of each member, for machines with many cores",
      integer(1, API_WORKERS_MAX),
      1,
    )
    .option("--no-restart", "leave members down that die")
    .argument("[flags...]", "after --: flags of quorate serve, for every member")
    .action(runCluster);
}
