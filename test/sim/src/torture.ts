/** `npm run torture`: real members under faults for as long as asked, checked as the simulator checks. */
import { parseArgs } from "node:util";
import { CodedError, seededRandom } from "@quorate/base";
import { CLASSIC_MUTANTS } from "./mutant/classic-mutants.ts";
import { HARM_NAMES, HarmPlan } from "./torture/harm-plan.ts";
import { runTorture, type TortureOptions, type TortureSummary } from "./torture/run-torture.ts";
import { exitCodeOf, reportOf, textOf } from "./torture/torture-report.ts";

const HELP = `npm run torture -- [options]

  --harms a=100,b=50  so many of each, in an order drawn from the seed; a,b: one after the other until
                      the time is over; default: any at random. There are: ${HARM_NAMES.join(", ")}
                      (partition: its kinds in turn)
  --duration S        seconds after which no harm is begun (default 60; 3600 where counts are given)
  --seed N            what is done when is drawn from it (default: by the clock)
  --members N[,M]     3 to 5 (default 3); several sizes are tortured one after the other, each with all harms
  --clients N         concurrent clients (default 12)
  --network KIND      namespaces or proxies (default: namespaces where root on Linux may make them)
  --mutant NAME       a bug of the simulator's table is put into the members: the torture has to find it
  -o, --output KIND   text or json (default text)

Exit codes: 0 all is well, 1 a property was broken, 2 nothing was broken, but not all was done or decided.
`;

const COUNTED_S = 3600;
const UNCOUNTED_S = 60;

function wrong(flag: string, text: string): CodedError {
  return new CodedError("BAD_FLAG", `--${flag}: ${text}`);
}

function numberOf(flag: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw wrong(flag, `${JSON.stringify(text)} is not a whole number of ${from} to ${to}`);
}

function oneOf<Name extends string>(flag: string, text: string, names: readonly Name[]): Name {
  const name = names.find((one) => one === text);
  if (name) return name;
  throw wrong(flag, `there is no ${JSON.stringify(text)}; there are: ${names.join(", ")}`);
}

function flagsOf(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      harms: { type: "string" },
      duration: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      members: { type: "string", default: "3" },
      clients: { type: "string", default: "12" },
      network: { type: "string", default: "auto" },
      mutant: { type: "string" },
      output: { type: "string", short: "o", default: "text" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}

function tortures(flags: ReturnType<typeof flagsOf>): TortureOptions[] {
  const seed = numberOf("seed", flags.seed, 0, 1_000_000_000);
  const clients = numberOf("clients", flags.clients, 1, 200);
  const network = oneOf("network", flags.network, ["auto", "namespaces", "proxies"]);
  const { mutant } = flags;
  if (mutant !== undefined && !CLASSIC_MUTANTS.some(({ name }) => name === mutant))
    throw wrong("mutant", `there is no ${JSON.stringify(mutant)}`);
  return flags.members.split(",").map((text) => {
    const plan = HarmPlan.parse(flags.harms, seededRandom(seed));
    const usual = Number.isFinite(plan.total) ? COUNTED_S : UNCOUNTED_S;
    const seconds =
      flags.duration === undefined ? usual : numberOf("duration", flags.duration, 1, 10_000_000);
    return {
      seed,
      members: numberOf("members", text, 3, 5),
      clients,
      network,
      plan,
      durationMs: seconds * 1000,
      ...(mutant === undefined ? undefined : { mutant }),
    };
  });
}

async function main(): Promise<void> {
  const flags = flagsOf(process.argv.slice(2));
  if (flags.help) {
    process.stdout.write(HELP);
    return;
  }
  const output = oneOf("output", flags.output, ["text", "json"]);
  const note = (line: string): boolean => process.stderr.write(`${line}\n`);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      note(`${signal}: what was done until now is judged`);
      stop.abort();
    });
  const runs: TortureSummary[] = [];
  for (const torture of tortures(flags)) {
    if (stop.signal.aborted) break;
    note(`${torture.members} members, seed ${torture.seed}`);
    runs.push(await runTorture({ ...torture, signal: stop.signal, note }));
  }
  const report = reportOf(runs);
  process.stdout.write(`${output === "json" ? JSON.stringify(report, undefined, 2) : textOf(report)}\n`);
  process.exitCode = exitCodeOf(report);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CodedError) && !(error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS"))
    throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
