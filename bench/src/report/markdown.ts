/**
 * The report of a run: ratios where two sides ran, what each of them did, what experiments found, what was
 * left out.
 */
import { type Finding, isMet } from "../experiments/index.ts";
import type { Measurement } from "../measure.ts";
import type { Skipped } from "../run-plan.ts";
import { markdownTable, maybeShown, shown } from "./markdown-table.ts";
import { PROMISED_FINDINGS } from "./promises.ts";
import { type Ratio, ratiosOf, type Spread } from "./ratios.ts";

/** What stands above the tables. */
export interface RunFacts {
  readonly size: string;
  readonly protocol: string;
  readonly machine: string;
}

const spreadText = ([middle, least, most]: Spread) =>
  least === most ? `${shown(middle)}x` : `${shown(middle)}x (${shown(least)} to ${shown(most)})`;

function verdict({ cpu, throughput, target }: Ratio): string {
  if (!target) return "";
  const missed = [
    cpu[0] < target.cpu ? `CPU missed by ${shown(target.cpu / cpu[0], 2)}x` : "",
    throughput[0] < target.throughput
      ? `throughput missed by ${shown(target.throughput / throughput[0], 2)}x`
      : "",
  ].filter(Boolean);
  return `${target.cpu}x / ${target.throughput}x: ${missed.join(", ") || "met"}`;
}

function ratioSection(measurements: readonly Measurement[]): string[] {
  const ratios = ratiosOf(measurements);
  if (ratios.length === 0) return [];
  const rows = ratios.map((ratio) => [
    ratio.workload,
    ratio.surface,
    String(ratio.members),
    spreadText(ratio.cpu),
    spreadText(ratio.throughput),
    spreadText(ratio.p99),
    verdict(ratio),
  ]);
  return [
    "## Side by side",
    "Quorate against kube-apiserver and etcd in alternation; above 1, Quorate is better. The median over the " +
      "rounds, with the least and the most of them.",
    markdownTable(
      [
        ...["workload", "surface", "members", "CPU per operation", "throughput", "p99 latency"],
        "target (CPU / throughput)",
      ],
      rows,
    ),
  ];
}

function measurementRow(m: Measurement): string[] {
  const errors = Object.entries(m.errors).map(([kind, count]) => `${count} x ${kind}`);
  return [
    ...[m.workload, m.surface, String(m.members), `${m.target} #${m.round}`],
    ...[shown(m.operations, 9), shown(m.operationsPerSecond)],
    ...[m.latencyMs.p50, m.latencyMs.p90, m.latencyMs.p99, m.latencyMs.p999].map((value) => shown(value)),
    ...[shown(m.serverCpuMsPerOperation), shown(m.clientCpuMsPerOperation), shown(m.peakResidentBytes / 1e6)],
    ...[maybeShown(m.fsyncsPerOperation), maybeShown(m.writeAmplification)],
    ...[maybeShown(m.eventLoopDelayP999Ms), errors.join(", ") || "none"],
  ];
}

function measurementSection(measurements: readonly Measurement[]): string[] {
  if (measurements.length === 0) return [];
  const head = [
    ...["workload", "surface", "members", "side", "operations", "operations/s"],
    ...["p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "server CPU ms/op", "client CPU ms/op", "peak memory MB"],
    ...["fsyncs/op", "bytes to the device / byte written", "event-loop delay p99.9 ms", "errors"],
  ];
  return ["## Measurements", markdownTable(head, measurements.map(measurementRow))];
}

function findingRow(finding: Finding, all: readonly Finding[]): string[] {
  const { experiment, side, name, value, unit, most } = finding;
  const reference = all.find((other) => other.name === name && other.side === "reference");
  const promised = PROMISED_FINDINGS[name];
  const isOurs = side === "quorate";
  let limit = "";
  if (most !== undefined && isOurs) limit = `at most ${shown(most)}: ${isMet(finding) ? "met" : "missed"}`;
  else if (promised && reference && isOurs) {
    const ratio = reference.value / value;
    limit = `${promised}x less: ${shown(ratio)}x, ${ratio >= promised ? "met" : "missed"}`;
  }
  return [experiment, side, name, `${shown(value)} ${unit}`.trim(), limit];
}

function findingSection(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map((finding) => findingRow(finding, findings));
  return ["## Experiments", markdownTable(["experiment", "side", "question", "answer", "target"], rows)];
}

/** The whole report. */
export function markdownOf(
  facts: RunFacts,
  measurements: readonly Measurement[],
  findings: readonly Finding[],
  skipped: readonly Skipped[],
): string {
  const left = skipped.map(
    ({ what, why, unsupported }) => `- ${what}: ${unsupported ? `not supported: ${why}` : why}`,
  );
  const parts = [
    "# Bench results",
    `${facts.machine}; size ${facts.size}; ${facts.protocol} over mutual TLS. CPU and memory are those of all ` +
      "server processes, from the operating system; what the clients cost is shown beside them and is not in " +
      "them. The clients share the machine with the servers.",
    ...ratioSection(measurements),
    ...findingSection(findings),
    ...measurementSection(measurements),
    ...(left.length ? ["## Left out", left.join("\n")] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}
