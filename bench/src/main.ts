/**
 * `npm run bench -- [options]`: starts what it measures, drives fixed work from client processes, writes
 * JSON, a Markdown table and SVG plots to bench/results/.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import cliProgress from "cli-progress";
import { type BenchOptions, HELP, readBenchOptions } from "./bench-options.ts";
import { ClientPool } from "./client/client-pool.ts";
import type { Finding } from "./experiments/index.ts";
import type { Measurement } from "./measure.ts";
import { profileReport } from "./report/cpu-profile.ts";
import { markdownOf, type RunFacts } from "./report/markdown.ts";
import { plotsOf } from "./report/plots.ts";
import { groupsOf, type RunEvents, runGroup, type Skipped, stepsOf } from "./run-plan.ts";
import { buildReferences } from "./targets/reference-binaries.ts";
import { TargetStarter } from "./targets/start-target.ts";

/** Everything that a run found. */
interface Outcome {
  readonly measurements: Measurement[];
  readonly findings: Finding[];
  readonly skipped: Skipped[];
}

function progressBar(total: number) {
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} {what}",
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  bar.start(total, 0, { what: "" });
  return bar;
}

async function runAll(options: BenchOptions, starter: TargetStarter, pool: ClientPool): Promise<Outcome> {
  const outcome: Outcome = { measurements: [], findings: [], skipped: [] };
  const groups = groupsOf(options);
  const bar = progressBar(stepsOf(groups, starter, options.rounds) + options.experiments.length);
  const events: RunEvents = {
    begins: (what) => bar.update({ what }),
    measured: (measurement) => {
      bar.increment();
      outcome.measurements.push(measurement);
    },
    skipped: (skipped) => {
      bar.increment();
      outcome.skipped.push(skipped);
    },
  };
  for (const group of groups) await runGroup(group, starter, { ...options, pool }, events);
  const { size, share, scale, rounds, protocol, clients } = options;
  for (const experiment of options.experiments) {
    const lab = {
      starter,
      size,
      scale,
      rounds,
      options: { size, share, protocol, clients, pool, seed: process.pid },
      note: (line: string) => bar.update({ what: `${experiment.name}: ${line}` }),
    };
    try {
      outcome.findings.push(...(await experiment.run(lab)));
    } catch (error) {
      outcome.skipped.push({ what: experiment.name, why: (error as Error).message, unsupported: false });
    }
    bar.increment();
  }
  bar.stop();
  return outcome;
}

async function writeResults(options: BenchOptions, outcome: Outcome): Promise<string> {
  const [cpu] = cpus();
  const facts: RunFacts = {
    size: options.size,
    protocol: options.protocol,
    machine:
      `${availableParallelism()} x ${cpu?.model ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
      `${process.platform}, Node ${process.versions.node}`,
  };
  await mkdir(options.out, { recursive: true });
  const write = (file: string, text: string) => writeFile(join(options.out, file), text);
  const markdown = markdownOf(facts, outcome.measurements, outcome.findings, outcome.skipped);
  await write("bench.json", `${JSON.stringify({ facts, ...outcome }, undefined, 1)}\n`);
  await write("bench.md", markdown);
  for (const plot of plotsOf(outcome.measurements)) await write(plot.file, plot.svg);
  return markdown;
}

async function main(): Promise<void> {
  const options = readBenchOptions(process.argv.slice(2));
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const binaries = options.reference ? await buildReferences(note) : undefined;
  const profiles = options.cpuProfile ? join(options.out, "profiles") : undefined;
  const starter = new TargetStarter(binaries, {
    extraArgs: options.quorateArgs,
    ...(profiles && { environment: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` } }),
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void starter.stopAll().then(() => process.exit(130)));
  }
  const pool = new ClientPool();
  const outcome = await runAll(options, starter, pool);
  pool.close();
  process.stdout.write(await writeResults(options, outcome));
  if (profiles) {
    const report = await profileReport(profiles);
    await writeFile(join(options.out, "profiles.md"), report);
    process.stdout.write(`\n${report}`);
  }
  process.stdout.write(`\nResults: ${options.out}\n`);
  if (outcome.skipped.some(({ unsupported }) => !unsupported)) process.exitCode = 1;
}

main().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
