/** `npm run torture`: real members under faults for as long as asked, checked as the simulator checks. */
import { parseArgs } from "node:util";
import { HARMS, type Harm } from "./torture/mayhem.ts";
import { runTorture, type TortureSummary } from "./torture/run-torture.ts";

const HELP = `npm run torture -- [options]

  --duration S     seconds of harm (default 60)
  --seed N         what is done when is drawn from it (default: by the clock)
  --members N      3 to 5 (default 3)
  --clients N      concurrent clients (default 8)
  --harms a,b      these, one after the other: ${HARMS.join(", ")}
`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function gapLines({ gaps }: TortureSummary): string[] {
  return HARMS.flatMap((harm) => {
    const ms = gaps.filter((gap) => gap.harm === harm).map((gap) => gap.ms);
    if (ms.length === 0) return [];
    const [middle, worst] = [median(ms), Math.max(...ms)];
    const times = `${middle.toFixed(0)} ms (median), ${worst.toFixed(0)} ms (worst)`;
    return [`  ${harm} x ${ms.length}: without writes ${times}`];
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      duration: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      members: { type: "string", default: "3" },
      clients: { type: "string", default: "8" },
      harms: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const harms = values.harms?.split(",").map((name): Harm => {
    const harm = HARMS.find((one) => one === name);
    if (!harm) throw new Error(`--harms: there is no "${name}"; there are: ${HARMS.join(", ")}`);
    return harm;
  });
  process.stdout.write(`seed ${values.seed}\n`);
  const summary = await runTorture({
    seed: Number(values.seed),
    members: Number(values.members),
    clients: Number(values.clients),
    durationMs: Number(values.duration) * 1000,
    ...(harms ? { harms } : undefined),
    note: (line) => process.stderr.write(`${line}\n`),
  });
  const { operations, acknowledged, unknown, watchedRevisions, violations, undecided } = summary;
  process.stdout.write(
    `${[
      `${operations} operations, ${acknowledged} writes acknowledged, ${unknown} of unknown outcome, ` +
        `${watchedRevisions} revisions watched`,
      ...gapLines(summary),
      ...(undecided > 0 ? [`${undecided} keys were too large to decide`] : []),
      ...violations.map((violation) => `BROKEN ${violation}`),
      violations.length === 0
        ? "nothing acknowledged lost, all histories linearizable, all watches whole"
        : "",
    ].join("\n")}\n`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
}

await main();
