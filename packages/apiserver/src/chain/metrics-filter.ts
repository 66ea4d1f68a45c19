/** Counts requests when their kind is known and when they end. */
import type { Exchange } from "../exchange.ts";
import type { RequestMetrics } from "../metrics/request-metrics.ts";
import type { Filter } from "./filter.ts";

/** Tells the metrics of beginnings and ends. */
export class MetricsFilter implements Filter {
  readonly name = "metrics";
  readonly #metrics: RequestMetrics;

  constructor(metrics: RequestMetrics) {
    this.#metrics = metrics;
  }

  apply(exchange: Exchange): void {
    this.#metrics.began(exchange);
  }

  finish(exchange: Exchange): void {
    this.#metrics.ended(exchange);
  }
}
