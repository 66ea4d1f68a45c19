/**
 * `node test/sim/src/main.ts --seeds A..B`: runs seeds of the simulator and says which break a property.
 * One seed is run again, with what happened in it, by `--seed N`.
 */
import { parseArgs } from "node:util";
import { FAULTS, type Fault, type ProfileOverrides } from "./profile.ts";
import { type RunResult, simulate } from "./simulate.ts";

const HELP = `node test/sim/src/main.ts [options]

  --seeds A..B      these seeds (default 1..50)
  --seed N          one seed, with the notes of its run
  --operations N    client calls in a run (default 1000)
  --faults a,b      only these: ${FAULTS.join(", ")}
  --keep-going      also after a seed that breaks a property
  --quiet           no line for each hundred seeds
`;

function rangeOf(text: string): readonly [number, number] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  if (!match) throw new Error(`--seeds must be two numbers as in 1..50, not ${JSON.stringify(text)}`);
  return [Number(match[1]), Number(match[2])];
}

function faultsOf(text: string | undefined): readonly Fault[] | undefined {
  if (text === undefined) return undefined;
  return text
    .split(",")
    .filter(Boolean)
    .map((name) => {
      const fault = FAULTS.find((one) => one === name);
      if (!fault) throw new Error(`--faults: there is no "${name}"; there are: ${FAULTS.join(", ")}`);
      return fault;
    });
}

function show(result: RunResult, withNotes: boolean): void {
  const { seed, violations, profile, notes, counts, codes } = result;
  for (const { checker, message, at } of violations) {
    process.stdout.write(`seed ${seed}: ${checker} at ${at.toFixed(3)} ms: ${message}\n`);
  }
  if (!withNotes) return;
  process.stdout.write(`profile: ${JSON.stringify({ ...profile, faults: [...profile.faults] })}\n`);
  for (const note of notes) process.stdout.write(`  ${note}\n`);
  process.stdout.write(`counts: ${JSON.stringify(Object.fromEntries([...counts, ...codes]))}\n`);
  process.stdout.write(`fingerprint: ${result.fingerprint}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1..50" },
      seed: { type: "string" },
      operations: { type: "string", default: "1000" },
      faults: { type: "string" },
      "keep-going": { type: "boolean", default: false },
      quiet: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const faults = faultsOf(values.faults);
  const overrides: ProfileOverrides = {
    operations: Number(values.operations),
    ...(faults ? { faults } : undefined),
  };
  const [first, last] =
    values.seed === undefined ? rangeOf(values.seeds) : [Number(values.seed), Number(values.seed)];
  let [operations, acknowledged, broken, steps] = [0, 0, 0, 0];
  const counts = new Map<string, number>();
  const start = performance.now();
  const summary = (seed: number): string => {
    const seconds = (performance.now() - start) / 1000;
    return (
      `seeds ${first}..${seed}: ${operations} operations (${acknowledged} writes acknowledged) ` +
      `in ${seconds.toFixed(1)} s, ${(operations / seconds).toFixed(0)} operations/s, ` +
      `${(steps / seconds).toFixed(0)} steps/s, ${broken} broken\n`
    );
  };
  let seed = first;
  for (; seed <= last; seed++) {
    const result = await simulate(seed, overrides);
    operations += result.operations;
    acknowledged += result.acknowledged;
    steps += result.steps;
    for (const [what, count] of result.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    if (result.violations.length > 0) broken++;
    if (result.violations.length > 0 || values.seed !== undefined) show(result, values.seed !== undefined);
    if (result.violations.length > 0 && !values["keep-going"]) break;
    if (!values.quiet && (seed - first + 1) % 100 === 0) process.stdout.write(summary(seed));
  }
  process.stdout.write(summary(Math.min(seed, last)));
  process.stdout.write(`${JSON.stringify(Object.fromEntries([...counts].sort()))}\n`);
  process.exitCode = broken > 0 ? 1 : 0;
}

await main();
