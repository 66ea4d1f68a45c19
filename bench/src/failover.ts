/**
 * `npm run failover -- [options]`: a three-member cluster under steady load meets its faults; prints and
 * plots what a client saw, and fails where an acknowledged write was lost.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Fault, faults } from "./failover/faults.ts";
import { duration, htmlOf } from "./failover/html.ts";
import {
  etcdProgram,
  type MemberProgram,
  QUORATE_SERVE,
  QUORATE_STORE_PROGRAM,
} from "./failover/member-program.ts";
import { passed, runScenario, type ScenarioResult } from "./failover/scenario.ts";
import { timelineSvg } from "./failover/timeline-plot.ts";
import { positive } from "./positive.ts";
import { median } from "./statistics.ts";
import { buildReferences } from "./targets/reference-binaries.ts";

const HELP = `npm run failover -- [options]

  --smoke          the short form: ${faults.filter(({ smoke }) => smoke).map(({ name }) => name)}
  --only a,b,...   these faults only:
                   ${faults.map(({ name }) => name).join("\n                   ")}
  --surface S      api (default) or store: what the clients speak with
  --reference      etcd in turn with Quorate's store (implies --surface store; needs Go)
  --repeat N       each fault N times (default 1)
  --members N      members of the cluster (default 3)
  --fill MB        so much in the store before, in values that don't compress (default 0)
  --unprivileged   proxies and held syncs, also where namespaces and frozen file systems could be had
  --out DIR        where the page, the plots and the JSON go (default bench/results)
`;

const MEGABYTE = 1024 * 1024;
const CALM_MS = { smoke: 1_000, full: 3_000 };

interface Options {
  readonly chosen: readonly Fault[];
  readonly surface: "api" | "store";
  readonly reference: boolean;
  readonly repeat: number;
  readonly members: number;
  readonly privileged: boolean;
  readonly calmMs: number;
  readonly fillBytes: number;
  readonly out: string;
}

function chooseFaults(names: readonly string[] | undefined, smoke: boolean): readonly Fault[] {
  if (!names) return smoke ? faults.filter((fault) => fault.smoke) : faults;
  return names.map((name) => {
    const fault = faults.find((candidate) => candidate.name === name);
    if (!fault)
      throw new Error(`--only: there is no "${name}"; there are: ${faults.map((f) => f.name).join(", ")}`);
    return fault;
  });
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      smoke: { type: "boolean", default: false },
      only: { type: "string" },
      surface: { type: "string" },
      reference: { type: "boolean", default: false },
      repeat: { type: "string", default: "1" },
      members: { type: "string", default: "3" },
      fill: { type: "string" },
      unprivileged: { type: "boolean", default: false },
      out: { type: "string", default: fileURLToPath(new URL("../results", import.meta.url)) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const surface = values.surface ?? (values.reference ? "store" : "api");
  if (surface !== "api" && surface !== "store")
    throw new Error(`--surface must be api or store, not "${surface}"`);
  if (values.reference && surface === "api")
    throw new Error("--reference compares the stores: leave --surface api out");
  return {
    chosen: chooseFaults(values.only?.split(","), values.smoke),
    surface,
    reference: values.reference,
    repeat: positive(values.repeat, "repeat"),
    members: positive(values.members, "members"),
    // The short form has to run everywhere, and to leave nothing behind anywhere.
    privileged: !values.unprivileged && !values.smoke,
    fillBytes: values.fill === undefined ? 0 : positive(values.fill, "fill") * MEGABYTE,
    calmMs: values.smoke ? CALM_MS.smoke : CALM_MS.full,
    out: values.out,
  };
}

async function programsOf({ surface, reference }: Options): Promise<readonly MemberProgram[]> {
  if (surface === "api") return [QUORATE_SERVE];
  if (!reference) return [QUORATE_STORE_PROGRAM];
  const binaries = await buildReferences((line) => process.stderr.write(`${line}\n`));
  return [QUORATE_STORE_PROGRAM, etcdProgram(binaries)];
}

function line(result: ScenarioResult): string {
  const { verdict, writeGap, readGap, watchGap, redundancyMs, slowestWriteMs, memory } = result;
  const grown = memory.map(({ beforeBytes, peakBytes }) =>
    Math.round(Math.max(0, peakBytes - beforeBytes) / MEGABYTE),
  );
  const gaps = [
    `no write for ${duration(writeGap.ms)}`,
    `no read for ${duration(readGap.ms)}`,
    `no event for ${duration(watchGap.ms)}`,
    `all ready after ${duration(redundancyMs)}`,
    `slowest write ${duration(slowestWriteMs)}`,
    `memory grown by ${grown.join(", ")} MB`,
  ];
  const kept = passed(result)
    ? `${verdict.acknowledged} acknowledged, none lost`
    : `BROKEN: ${JSON.stringify({ ...verdict, differ: result.membersThatDiffer })}`;
  return `${result.program}, ${result.fault}: ${gaps.join(", ")}; ${kept}\n`;
}

function gapLine(program: MemberProgram, fault: Fault, results: readonly ScenarioResult[]): string {
  const gaps = results
    .filter((result) => result.fault === fault.name && result.program === program.title)
    .map((result) => result.writeGap.ms);
  const range = `${duration(Math.min(...gaps))} to ${duration(Math.max(...gaps))}`;
  return `${program.title}, ${fault.name}: median time without a write ${duration(median(gaps))} (${range})\n`;
}

async function runAll(options: Options): Promise<ScenarioResult[]> {
  const programs = await programsOf(options);
  const results: ScenarioResult[] = [];
  for (const fault of options.chosen) {
    for (let round = 1; round <= options.repeat; round++) {
      for (const program of round % 2 ? programs : programs.toReversed()) {
        process.stderr.write(`${program.title}: ${fault.name} ...\n`);
        const result = await runScenario(fault, { ...options, program });
        results.push(result);
        process.stdout.write(line(result));
      }
    }
    if (options.repeat > 1) {
      for (const program of programs) process.stdout.write(gapLine(program, fault, results));
    }
  }
  return results;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const results = await runAll(options);
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, "failover.json"), `${JSON.stringify(results, undefined, 1)}\n`);
  await writeFile(join(options.out, "failover.html"), htmlOf(results));
  for (const [index, result] of results.entries()) {
    const file = `failover-${result.fault}-${result.side}-${index + 1}.svg`;
    await writeFile(join(options.out, file), timelineSvg(result));
  }
  process.stdout.write(`\nPage: ${join(options.out, "failover.html")}\n`);
  if (!results.every(passed)) process.exitCode = 1;
}

main().catch((error: Error) => {
  process.stderr.write(`failover: ${error.message}\n`);
  process.exitCode = 1;
});
