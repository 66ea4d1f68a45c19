/** What Quorate is meant to reach beside its references: ratios in one run, on the same machine. */

/** At least so many times less CPU an operation, at least so many times more throughput. */
export interface Promised {
  readonly workload: string;
  readonly members: number;
  readonly cpu: number;
  readonly throughput: number;
}

const rows = (workloads: readonly string[], members: number, cpu: number, throughput: number): Promised[] =>
  workloads.map((workload) => ({ workload, members, cpu, throughput }));

/** By workload and size of the cluster. */
export const PROMISES: readonly Promised[] = [
  ...rows(["get"], 1, 4, 3),
  ...rows(["create", "update", "merge-patch", "delete"], 1, 3, 2),
  ...rows(["apply"], 1, 2, 2),
  ...rows(["list", "list-cached"], 1, 5, 3),
  ...rows(["list-limit", "list-selector"], 1, 4, 3),
  ...rows(["watch-100", "watch-2000"], 1, 3, 2),
  ...rows(["create"], 3, 2.5, 2),
  ...rows(["store-put", "store-txn", "store-range"], 3, 1, 1),
];

/** Of experiments, by the name of the finding: the reference's value over ours. */
export const PROMISED_FINDINGS: Readonly<Record<string, number>> = {
  "ready after a cold start": 3,
  "memory when idle": 2,
};
