/** What came out of each health check when a probe asked for it, as levels are measured: `/metrics/slis`. */
import { Counter, Gauge, Registry } from "prom-client";
import type { HealthProbe } from "../api-server-options.ts";

/** The newest outcome of each check, and how often each outcome was seen. */
export class HealthMetrics {
  /** Apart from the server's other metrics, as in the reference: it is scraped more often. */
  readonly registry = new Registry();
  readonly #newest: Gauge;
  readonly #outcomes: Counter;

  constructor() {
    const registers = [this.registry];
    this.#newest = new Gauge({
      name: "kubernetes_healthcheck",
      help: "[STABLE] This metric records the result of a single healthcheck.",
      labelNames: ["name", "type"],
      registers,
    });
    this.#outcomes = new Counter({
      name: "kubernetes_healthchecks_total",
      help: "[STABLE] This metric records the results of all healthcheck.",
      labelNames: ["name", "type", "status"],
      registers,
    });
  }

  /** One check of a whole probe; checks that are asked for alone or left out do not count. */
  observe(name: string, type: HealthProbe, isOk: boolean): void {
    this.#newest.set({ name, type }, isOk ? 1 : 0);
    this.#outcomes.inc({ name, type, status: isOk ? "success" : "error" });
  }
}
