/**
 * `node test/sim/src/mutants.ts`: puts each classic bug into the product and counts the seeds until the
 * simulator finds it, from several starts. Prints the table; `--write` puts it into docs/simulator.md.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CLASSIC_MUTANTS } from "./mutant/classic-mutants.ts";
import { huntMutant, hurtBy } from "./mutant/hunt-mutant.ts";
import type { Mutant } from "./mutant/mutant.ts";

const HELP = `node test/sim/src/mutants.ts [options]

  --only a,b        these mutants: ${CLASSIC_MUTANTS.map(({ name }) => name).join(", ")}
  --starts N        so many starts each (default 5)
  --seeds N         seeds of a start at most (default 400)
  --operations N    client calls in a run (default 400)
  --write           put the rows into the table of docs/simulator.md
`;

/** Starts lie so far apart. */
const START_DISTANCE = 100_000;
const BEGIN = "<!-- mutants: begin -->";
const END = "<!-- mutants: end -->";
const HEAD = [
  "| mutant | what is wrong | faults | caught by | starts | seeds: median | most |",
  "|---|---|---|---|---|---|---|",
].join("\n");

interface Row {
  readonly mutant: Mutant;
  readonly checkers: readonly string[];
  /** Of each start; undefined where it was not found. */
  readonly seeds: readonly (number | undefined)[];
}

async function hunt(mutant: Mutant, starts: number, seedsMax: number, operations: number): Promise<Row> {
  const seeds: (number | undefined)[] = [];
  const checkers = new Set<string>();
  for (let start = 1; start <= starts; start++) {
    const found = await huntMutant({
      mutant,
      firstSeed: start * START_DISTANCE,
      seedsMax,
      overrides: { operations, ...hurtBy(mutant) },
    });
    seeds.push(found.checker === undefined ? undefined : found.seeds);
    if (found.checker !== undefined) {
      process.stderr.write(
        `${mutant.name}: seed ${start * START_DISTANCE + found.seeds - 1}: ${found.message.slice(0, 150)}\n`,
      );
    }
    if (found.checker !== undefined) checkers.add(found.checker);
  }
  return { mutant, checkers: [...checkers], seeds };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function line({ mutant, checkers, seeds }: Row): string {
  const found = seeds.filter((one) => one !== undefined);
  const isAlways = found.length === seeds.length;
  const faults = mutant.faults?.join(", ") ?? "drawn";
  const caughtBy = checkers.join(", ") || "not found";
  const numbers = isAlways ? `${median(found)} | ${Math.max(...found)}` : `found from ${found.length} |`;
  return `| ${mutant.name} | ${mutant.about} | ${faults} | ${caughtBy} | ${seeds.length} | ${numbers} |`;
}

/** Puts a row into the table, in the place of the mutant's former one; the others stay as they are. */
async function write(row: Row): Promise<void> {
  const file = new URL("../../../docs/simulator.md", import.meta.url);
  const text = await readFile(file, "utf8");
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`docs/simulator.md lacks ${BEGIN} ... ${END}`);
  const lines = text.slice(before + BEGIN.length, after).split("\n");
  const rows = CLASSIC_MUTANTS.map(({ name }) =>
    name === row.mutant.name ? line(row) : lines.find((one) => one.startsWith(`| ${name} |`)),
  );
  const table = [HEAD, ...rows.filter((one) => one !== undefined)].join("\n");
  await writeFile(file, `${text.slice(0, before + BEGIN.length)}\n\n${table}\n\n${text.slice(after)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      starts: { type: "string", default: "5" },
      seeds: { type: "string", default: "400" },
      operations: { type: "string", default: "400" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const names = values.only?.split(",") ?? CLASSIC_MUTANTS.map(({ name }) => name);
  const rows: Row[] = [];
  for (const name of names) {
    const mutant = CLASSIC_MUTANTS.find((one) => one.name === name);
    if (!mutant) throw new Error(`--only: there is no mutant "${name}"`);
    const [starts, seeds, operations] = [values.starts, values.seeds, values.operations].map(Number);
    const row = await hunt(mutant, starts!, seeds!, operations!);
    rows.push(row);
    process.stdout.write(`${line(row)}\n`);
    if (values.write) await write(row);
  }
  process.exitCode = rows.every(({ seeds }) => seeds.every((one) => one !== undefined)) ? 0 : 1;
}

await main();
