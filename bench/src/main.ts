/**
 * `npm run bench -- [options]`: starts what it measures, drives fixed work from client processes, writes JSON, a
 * Markdown table and SVG plots to bench/results/.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { type Measurement, measure } from "./measure.ts";
import { usageOf } from "./process-tree.ts";
import { markdownOf, type RunFacts } from "./report/markdown.ts";
import { plotsOf } from "./report/plots.ts";
import type { Target } from "./target.ts";
import { startQuorate } from "./targets/quorate-target.ts";
import { buildReferences, startReference } from "./targets/reference-target.ts";
import type { Size, Workload } from "./workload.ts";
import { getWorkload, workloads } from "./workloads/index.ts";

const HELP = `npm run bench -- [options]

  --smoke            seconds instead of minutes: shows that it works, not how fast
  --reference        also build kube-apiserver 1.37 and etcd 3.6 (needs Go) and run the same work on both in turn
  --members N        members of each cluster (default 1)
  --rounds N         times each workload is run on each target (default 1; 3 with --reference)
  --only a,b,...     these workloads only: ${workloads.map((w) => w.name).join(", ")}
  --protocol P       h2 (default) or http1
  --api-workers N    API server processes a member (passed to quorate)
  --out DIR          where the results go (default bench/results)
`;

interface Options {
  readonly size: Size;
  readonly reference: boolean;
  readonly members: number;
  readonly rounds: number;
  readonly only: readonly Workload[];
  readonly protocol: "h2" | "http1";
  readonly extraArgs: readonly string[];
  readonly out: string;
}

function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${flag} must be a whole number from 1 on, not "${text}"`);
  return value;
}

function optionsOf(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      smoke: { type: "boolean", default: false },
      reference: { type: "boolean", default: false },
      members: { type: "string", default: "1" },
      rounds: { type: "string" },
      only: { type: "string" },
      protocol: { type: "string", default: "h2" },
      "api-workers": { type: "string" },
      out: { type: "string", default: fileURLToPath(new URL("../results", import.meta.url)) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  if (values.protocol !== "h2" && values.protocol !== "http1") {
    throw new Error(`--protocol must be h2 or http1, not "${values.protocol}"`);
  }
  const apiWorkers = values["api-workers"];
  return {
    size: values.smoke ? "smoke" : "full",
    reference: values.reference,
    members: positive(values.members, "members"),
    rounds: positive(values.rounds ?? (values.reference && !values.smoke ? "3" : "1"), "rounds"),
    only: values.only ? values.only.split(",").map(getWorkload) : workloads,
    protocol: values.protocol,
    extraArgs: apiWorkers ? ["--api-workers", String(positive(apiWorkers, "api-workers"))] : [],
    out: values.out,
  };
}

const IDLE_SETTLE_MS = 1_000;

async function idleMemory(targets: readonly Target[]): Promise<Record<string, number>> {
  await new Promise((resolve) => setTimeout(resolve, IDLE_SETTLE_MS));
  return Object.fromEntries(targets.map((target) => [target.name, usageOf(target.pids).residentBytes]));
}

async function measureAll(options: Options, targets: readonly Target[], skipped: Record<string, string>) {
  const measurements: Measurement[] = [];
  const total = options.only.length * options.rounds * targets.length;
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} {what}",
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(total, 0, { what: "" });
  for (const workload of options.only) {
    for (let round = 1; round <= options.rounds; round++) {
      // In alternation, and each target first in every other round: what one run leaves behind hits both alike.
      const order = round % 2 ? targets : [...targets].reverse();
      for (const target of order) {
        bar.increment(1, { what: `${workload.title} on ${target.name}` });
        try {
          const seed = process.pid;
          measurements.push(
            await measure(target, workload, { size: options.size, protocol: options.protocol, round, seed }),
          );
        } catch (error) {
          skipped[`${workload.name} on ${target.name}`] = (error as Error).message;
        }
      }
    }
  }
  bar.stop();
  return measurements;
}

async function writeResults(options: Options, facts: RunFacts, measurements: readonly Measurement[]) {
  await mkdir(options.out, { recursive: true });
  const write = (file: string, text: string) => writeFile(join(options.out, file), text);
  const markdown = markdownOf(facts, measurements);
  await write("bench.json", `${JSON.stringify({ facts, measurements }, undefined, 1)}\n`);
  await write("bench.md", markdown);
  for (const plot of plotsOf(measurements)) await write(plot.file, plot.svg);
  return markdown;
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const targets: Target[] = [];
  let stopping: Promise<unknown> | undefined;
  const stopAll = () => {
    stopping ??= Promise.all(targets.map((target) => target.stop()));
    return stopping;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stopAll().then(() => process.exit(130)));
  }
  try {
    const binaries = options.reference ? await buildReferences() : undefined;
    targets.push(await startQuorate({ members: options.members, extraArgs: options.extraArgs }));
    if (binaries) targets.push(await startReference(options.members, binaries));
    const skipped: Record<string, string> = {};
    const idleResidentBytes = await idleMemory(targets);
    const measurements = await measureAll(options, targets, skipped);
    const cpu = cpus();
    const facts: RunFacts = {
      size: options.size,
      members: options.members,
      machine: `${cpu.length} x ${cpu[0]?.model ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`,
      readySeconds: Object.fromEntries(targets.map((target) => [target.name, target.readySeconds])),
      idleResidentBytes,
      skipped,
    };
    process.stdout.write(await writeResults(options, facts, measurements));
    process.stdout.write(`\nResults: ${options.out}\n`);
    const ours = Object.keys(skipped).filter((name) => name.endsWith(" on quorate"));
    if (measurements.length === 0 || ours.length > 0) process.exitCode = 1;
  } finally {
    await stopAll();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
