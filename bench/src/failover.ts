/**
 * `npm run failover -- [--smoke] [--only a,b]`: a three-member cluster under steady load meets its faults;
 * prints and plots what a client saw, and fails where an acknowledged write was lost.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { faults } from "./failover/faults.ts";
import { htmlOf, passed, timelineSvg } from "./failover/html.ts";
import { runScenario, type ScenarioResult } from "./failover/scenario.ts";
import { median } from "./statistics.ts";

const HELP = `npm run failover -- [options]

  --smoke          only: kill-leader
  --only a,b,...   these faults only: ${faults.map((fault) => fault.name).join(", ")}
  --repeat N       each fault N times (default 1)
  --out DIR        where the page and the JSON go (default bench/results)
`;

function line(result: ScenarioResult): string {
  const gap = `writes stood still ${result.writeGap.ms.toFixed(0)} ms, reads ${result.readGap.ms.toFixed(0)} ms`;
  const verdict = passed(result)
    ? `${result.verdict.acknowledged} acknowledged, none lost`
    : `BROKEN: ${JSON.stringify({ ...result.verdict, differ: result.membersThatDiffer })}`;
  return `${result.fault}: ${gap}, all ready after ${(result.redundancyMs / 1000).toFixed(2)} s; ${verdict}\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      smoke: { type: "boolean", default: false },
      only: { type: "string" },
      repeat: { type: "string", default: "1" },
      out: { type: "string", default: fileURLToPath(new URL("../results", import.meta.url)) },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const repeat = Number(values.repeat);
  if (!Number.isInteger(repeat) || repeat < 1) throw new Error(`--repeat must be a whole number from 1 on`);
  const names =
    values.only?.split(",") ?? (values.smoke ? ["kill-leader"] : faults.map((fault) => fault.name));
  const chosen = names.map((name) => {
    const fault = faults.find((candidate) => candidate.name === name);
    if (!fault)
      throw new Error(`there is no fault "${name}"; there are: ${faults.map((f) => f.name).join(", ")}`);
    return fault;
  });
  const results: ScenarioResult[] = [];
  for (const fault of chosen) {
    for (let time = 0; time < repeat; time++) {
      process.stderr.write(`${fault.title} …\n`);
      const result = await runScenario(fault);
      results.push(result);
      process.stdout.write(line(result));
    }
    if (repeat > 1) {
      const gaps = results
        .filter((result) => result.fault === fault.name)
        .map((result) => result.writeGap.ms);
      const worst = Math.max(...gaps).toFixed(0);
      process.stdout.write(`${fault.name}: median gap ${median(gaps).toFixed(0)} ms, worst ${worst} ms\n`);
    }
  }
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, "failover.json"), `${JSON.stringify(results, undefined, 1)}\n`);
  await writeFile(join(values.out, "failover.html"), htmlOf(results));
  for (const result of results) {
    await writeFile(join(values.out, `failover-${result.fault}.svg`), timelineSvg(result));
  }
  process.stdout.write(`\nPage: ${join(values.out, "failover.html")}\n`);
  if (!results.every(passed)) process.exitCode = 1;
}

main().catch((error: Error) => {
  process.stderr.write(`failover: ${error.message}\n`);
  process.exitCode = 1;
});
