/** The metrics of a member whose API is served by several processes: their sums, and who has done what. */
import { type MetricsSnapshot, mergeMetrics } from "@quorate/apiserver";
import type { WorkerReport } from "./worker-messages.ts";

/** A worker, and what it says of itself; no report where it does not serve. */
export interface ReportedWorker {
  readonly worker: { readonly number: number; readonly restarts: number };
  readonly report: WorkerReport | undefined;
}

type Row = readonly [
  name: string,
  type: "gauge" | "counter",
  help: string,
  of: (reported: ReportedWorker) => number | undefined,
];

function sumOf(report: WorkerReport | undefined, name: string): number | undefined {
  const metric = report?.metrics.find((one) => one.name === name);
  return metric?.values.reduce((sum, { value }) => sum + value, 0);
}

const ROWS: readonly Row[] = [
  ["quorate_api_worker_up", "gauge", "Whether the worker serves.", ({ report }) => (report ? 1 : 0)],
  [
    "quorate_api_worker_restarts_total",
    "counter",
    "How often the worker was brought back.",
    ({ worker }) => worker.restarts,
  ],
  [
    "quorate_api_worker_requests_total",
    "counter",
    "Requests that the worker has answered.",
    ({ report }) => sumOf(report, "apiserver_request_total"),
  ],
  [
    "quorate_api_worker_cpu_seconds_total",
    "counter",
    "CPU seconds of the worker.",
    ({ report }) => sumOf(report, "process_cpu_seconds_total"),
  ],
];

/** Prometheus text. `own` is of the process that holds the replica. */
export async function collectedMetrics(
  own: MetricsSnapshot,
  workers: readonly ReportedWorker[],
): Promise<string> {
  const snapshots = workers.flatMap(({ report }) => (report ? [report.metrics] : []));
  const blocks = ROWS.map(([name, type, help, of]) => {
    const lines = workers.flatMap((reported) => {
      const value = of(reported);
      return value === undefined ? [] : [`${name}{worker="${reported.worker.number}"} ${value}\n`];
    });
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  });
  return (await mergeMetrics([own, ...snapshots])) + blocks.join("");
}
