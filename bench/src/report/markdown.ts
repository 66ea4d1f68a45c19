/** The tables of a run: what each target did, and the ratios with their spread where two ran side by side. */
import type { Measurement } from "../measure.ts";
import { median } from "../statistics.ts";

const number = (value: number, digits = 3) =>
  Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 4 });

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

function measurementRow(m: Measurement): string[] {
  const errors = Object.entries(m.errors).map(([kind, count]) => `${count} x ${kind}`);
  return [
    m.workload,
    `${m.target} #${m.round}`,
    number(m.operations, 9),
    number(m.operationsPerSecond),
    number(m.latencyMs.p50),
    number(m.latencyMs.p90),
    number(m.latencyMs.p99),
    number(m.latencyMs.p999),
    number(m.serverCpuMsPerOperation),
    number(m.peakResidentBytes / 1e6),
    m.fsyncsPerOperation === undefined ? "" : number(m.fsyncsPerOperation),
    number(m.writtenBytesPerOperation),
    m.eventLoopDelayP999Ms === undefined ? "" : number(m.eventLoopDelayP999Ms),
    errors.join(", ") || "none",
  ];
}

export interface Ratio {
  readonly workload: string;
  /** reference / quorate: above 1, Quorate is cheaper. Median, least and most over the rounds. */
  readonly cpu: readonly [number, number, number];
  /** quorate / reference: above 1, Quorate is faster. */
  readonly throughput: readonly [number, number, number];
}

function spread(values: readonly number[]): [number, number, number] {
  return [median(values), Math.min(...values), Math.max(...values)];
}

/** Ratios of the workloads that both `quorate` and `reference` ran, round by round. */
export function ratiosOf(measurements: readonly Measurement[]): Ratio[] {
  const ratios: Ratio[] = [];
  for (const workload of new Set(measurements.map((m) => m.workload))) {
    const cpu: number[] = [];
    const throughput: number[] = [];
    for (const ours of measurements.filter((m) => m.workload === workload && m.target === "quorate")) {
      const theirs = measurements.find(
        (m) =>
          m.workload === workload &&
          m.target === "reference" &&
          m.round === ours.round &&
          m.protocol === ours.protocol,
      );
      if (!theirs) continue;
      cpu.push(theirs.serverCpuMsPerOperation / Math.max(ours.serverCpuMsPerOperation, 1e-6));
      throughput.push(ours.operationsPerSecond / theirs.operationsPerSecond);
    }
    if (cpu.length) ratios.push({ workload, cpu: spread(cpu), throughput: spread(throughput) });
  }
  return ratios;
}

export interface RunFacts {
  readonly size: string;
  readonly members: number;
  readonly machine: string;
  readonly readySeconds: Readonly<Record<string, number>>;
  readonly idleResidentBytes: Readonly<Record<string, number>>;
  /** Why a workload was left out, by its name. */
  readonly skipped: Readonly<Record<string, string>>;
}

export function markdownOf(facts: RunFacts, measurements: readonly Measurement[]): string {
  const parts = [
    "# Bench results",
    `${facts.machine}; size ${facts.size}; ${facts.members} member(s). CPU and memory: of all server processes, ` +
      "from the operating system; the clients' cost is not in them.",
    table(
      ["target", "ready after a cold start, s", "idle memory, MB"],
      Object.keys(facts.readySeconds).map((name) => [
        name,
        number(facts.readySeconds[name]!),
        number(facts.idleResidentBytes[name]! / 1e6),
      ]),
    ),
  ];
  const ratios = ratiosOf(measurements);
  if (ratios.length) {
    const shown = ([middle, least, most]: readonly [number, number, number]) =>
      `${number(middle)}x (${number(least)} to ${number(most)})`;
    parts.push(
      "## Ratios (above 1: Quorate is better)",
      table(
        ["workload", "CPU per operation, reference / Quorate", "throughput, Quorate / reference"],
        ratios.map((ratio) => [ratio.workload, shown(ratio.cpu), shown(ratio.throughput)]),
      ),
    );
  }
  parts.push(
    "## Measurements",
    table(
      [
        ...["workload", "target", "operations", "operations/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms"],
        ...["server CPU ms/op", "peak memory MB", "fsyncs/op", "bytes written/op"],
        ...["event-loop delay p99.9 ms", "errors"],
      ],
      measurements.map(measurementRow),
    ),
  );
  const skipped = Object.entries(facts.skipped);
  if (skipped.length) {
    parts.push("## Left out", ...skipped.map(([name, reason]) => `- ${name}: ${reason}`));
  }
  return `${parts.join("\n\n")}\n`;
}
