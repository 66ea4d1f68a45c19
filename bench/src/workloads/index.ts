/** All workloads by name, in the order in which they are run and shown. */
import type { Workload } from "../workload.ts";
import { besideWorkloads } from "./beside.ts";
import { readWorkloads } from "./reads.ts";
import { storeWorkloads } from "./store-requests.ts";
import { watchWorkloads } from "./watches.ts";
import { writeWorkloads } from "./writes.ts";

/** Writes first: they are what fills a server. */
export const workloads: readonly Workload[] = [
  ...writeWorkloads,
  ...readWorkloads,
  ...watchWorkloads,
  ...storeWorkloads,
];

const all = [...workloads, ...besideWorkloads];

/** The workload of that name, those of experiments included; throws with the names that exist. */
export function getWorkload(name: string): Workload {
  const found = all.find((workload) => workload.name === name);
  if (!found) {
    throw new Error(`there is no workload "${name}"; there are: ${workloads.map((w) => w.name).join(", ")}`);
  }
  return found;
}
