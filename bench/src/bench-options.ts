/** The flags of `npm run bench`. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Experiment, experiments, SCALES, type Scale } from "./experiments/index.ts";
import { positive } from "./positive.ts";
import type { Size, Workload } from "./workload.ts";
import { workloads } from "./workloads/index.ts";

/** What --help prints. */
export const HELP = `npm run bench -- [options]

  --smoke            seconds instead of minutes: shows that it works, not how fast
  --reference        also build kube-apiserver 1.37 and etcd 3.6 (needs Go); the same work on both in turn
  --only a,b,...     these only (default: all):
                     ${[...workloads, ...experiments].map((one) => one.name).join("\n                     ")}
  --surface S        api, store (gRPC) or embedded; default: every one that a workload has
  --members N,M      sizes of the clusters (default: what each workload is meant for, 1 or 1 and 3)
  --share P          percent of the full work to do, for slow machines (default 100)
  --rounds N         times each workload is run on each side (default 1; 3 with --reference)
  --protocol P       h2 (default) or http1, towards the API
  --clients N        client processes (default: one for every four cores)
  --api-workers N    API server processes a member (handed to quorate)
  --cpu-profile      profiles of Quorate's threads beside the results, with the hottest functions of each
  --objects N        growth: objects to grow to (default ${SCALES.full.objects})
  --lists N          isolation: lists at the same time (default ${SCALES.full.lists})
  --list-bytes N     isolation: size of each list (default ${SCALES.full.listBytes})
  --out DIR          where the results go (default bench/results)
`;

/** Parsed and checked. */
export interface BenchOptions {
  readonly size: Size;
  readonly reference: boolean;
  /** Empty: what each workload is meant for. */
  readonly members: readonly number[];
  readonly surface: string | undefined;
  /** Part of the full work: 1 is all of it. */
  readonly share: number;
  readonly rounds: number;
  readonly workloads: readonly Workload[];
  readonly experiments: readonly Experiment[];
  readonly protocol: "h2" | "http1";
  readonly clients: number;
  readonly scale: Scale;
  readonly quorateArgs: readonly string[];
  readonly cpuProfile: boolean;
  readonly out: string;
}

const CORES_A_CLIENT = 4;

const FLAGS = {
  smoke: { type: "boolean", default: false },
  reference: { type: "boolean", default: false },
  members: { type: "string", default: "" },
  surface: { type: "string" },
  share: { type: "string", default: "100" },
  rounds: { type: "string" },
  only: { type: "string" },
  protocol: { type: "string", default: "h2" },
  clients: { type: "string" },
  "api-workers": { type: "string" },
  "cpu-profile": { type: "boolean", default: false },
  objects: { type: "string" },
  lists: { type: "string" },
  "list-bytes": { type: "string" },
  out: { type: "string", default: fileURLToPath(new URL("../results", import.meta.url)) },
  help: { type: "boolean", short: "h", default: false },
} as const;

function oneOf<T extends string>(text: string, flag: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (!found) throw new Error(`--${flag} must be ${choices.join(" or ")}, not "${text}"`);
  return found;
}

function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[] | undefined,
) {
  return names ? all.filter(({ name }) => names.includes(name)) : all;
}

/** Undefined where help was asked for. Throws an Error of one line that names the flag. */
export function readBenchOptions(args: string[]): BenchOptions | undefined {
  const { values } = parseArgs({ args, options: FLAGS });
  if (values.help) return undefined;
  const size = values.smoke ? "smoke" : "full";
  const names = values.only?.split(",");
  const known = new Set([...workloads, ...experiments].map(({ name }) => name));
  for (const name of names ?? []) {
    if (!known.has(name))
      throw new Error(`--only: there is no "${name}"; there are: ${[...known].join(", ")}`);
  }
  const scale = SCALES[size];
  const number = (flag: "objects" | "lists" | "list-bytes", fallback: number) =>
    values[flag] === undefined ? fallback : positive(values[flag], flag);
  const apiWorkers = values["api-workers"];
  return {
    size,
    reference: values.reference,
    members: values.members ? values.members.split(",").map((text) => positive(text, "members")) : [],
    surface:
      values.surface === undefined
        ? undefined
        : oneOf(values.surface, "surface", ["api", "store", "embedded"]),
    share: positive(values.share, "share") / 100,
    rounds: positive(values.rounds ?? (values.reference && !values.smoke ? "3" : "1"), "rounds"),
    workloads: chosen(workloads, names),
    experiments: chosen(experiments, names),
    protocol: oneOf(values.protocol, "protocol", ["h2", "http1"]),
    clients: values.clients
      ? positive(values.clients, "clients")
      : Math.max(1, Math.floor(availableParallelism() / CORES_A_CLIENT)),
    scale: {
      objects: number("objects", scale.objects),
      lists: number("lists", scale.lists),
      listBytes: number("list-bytes", scale.listBytes),
    },
    quorateArgs: apiWorkers ? ["--api-workers", String(positive(apiWorkers, "api-workers"))] : [],
    cpuProfile: values["cpu-profile"],
    out: values.out,
  };
}
