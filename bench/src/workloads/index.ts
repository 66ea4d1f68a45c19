/** All workloads by name, in the order in which they are run and shown. */
import type { Workload } from "../workload.ts";
import { requestWorkloads } from "./requests.ts";
import { watchWorkloads } from "./watch-fan-out.ts";

export const workloads: readonly Workload[] = [...requestWorkloads, ...watchWorkloads];

/** The workload of that name; throws with the names that exist. */
export function getWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (!found) {
    throw new Error(`there is no workload "${name}"; there are: ${workloads.map((w) => w.name).join(", ")}`);
  }
  return found;
}
