/**
 * Metrics of a server that runs in several processes: each gives a snapshot, which one of them sums up, as
 * prom-client does for the workers of a cluster.
 */
import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

/** The metrics of one process at one moment; plain data that can be sent to another. */
export type MetricsSnapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** Measures this process (CPU, memory, event loop, ...) from now on; gives snapshots of it. */
export function processMetrics(): () => Promise<MetricsSnapshot> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return () => registry.getMetricsAsJSON();
}

/**
 * Prometheus text of all processes together: counters, gauges and histograms are summed up, the means of the
 * event loops' delays averaged. What can't be summed up, as the time of the start, is that of the first.
 */
export function mergeMetrics(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const first = snapshots[0]?.map((metric) =>
    metric.aggregator === "omit" ? { ...metric, aggregator: "first" as const } : metric,
  );
  const all = first ? [first, ...snapshots.slice(1)] : [];
  return AggregatorRegistry.aggregate(all).metrics();
}
