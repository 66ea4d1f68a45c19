/**
 * `/healthz`, `/livez`, `/readyz`: named checks in order, in the reference's text form.
 *
 *   [+]ping ok
 *   [-]store failed: reason withheld
 *   livez check failed
 */
import type { Clock } from "@quorate/base";
import { messageOf } from "@quorate/base";
import { resourceNotFound } from "@quorate/object";
import type { HealthCheck, HealthProbe } from "../api-server-options.ts";
import type { Exchange } from "../exchange.ts";
import type { Log } from "../log.ts";
import type { HealthMetrics } from "../metrics/health-metrics.ts";
import type { Endpoint } from "./endpoint-table.ts";

const PROBES: readonly HealthProbe[] = ["healthz", "livez", "readyz"];
/** Bound: a check that takes longer has failed. */
const CHECK_TIMEOUT_MS = 5_000;
const TEXT = "text/plain; charset=utf-8";

/** Serves the probes with the checks it was given, `ping` first. */
export class HealthEndpoints {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #metrics: HealthMetrics;
  readonly #checks: HealthCheck[];

  constructor(clock: Clock, log: Log, metrics: HealthMetrics, checks: readonly HealthCheck[]) {
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
    const ping: HealthCheck = { name: "ping", kinds: PROBES, check: () => {} };
    this.#checks = [ping, ...checks];
  }

  endpoints(): Endpoint[] {
    return PROBES.flatMap((probe) => [
      {
        path: `/${probe}`,
        takesAnyMethod: true,
        serve: (exchange: Exchange) => this.#serveAll(exchange, probe),
      },
      {
        path: `/${probe}/`,
        serve: (exchange: Exchange) => this.#serveOne(exchange, probe, exchange.path.slice(probe.length + 2)),
      },
    ]);
  }

  /** `/livez/ping`, ...: for the list of paths. */
  paths(): string[] {
    return PROBES.flatMap((probe) => this.#checksOf(probe).map(({ name }) => `/${probe}/${name}`));
  }

  #checksOf(probe: HealthProbe): HealthCheck[] {
    return this.#checks.filter(({ kinds }) => kinds.includes(probe));
  }

  async #serveAll(exchange: Exchange, probe: HealthProbe): Promise<void> {
    const excluded = new Set(exchange.query.all("exclude"));
    const checks = this.#checksOf(probe);
    const failures: string[] = [];
    const texts = await Promise.all(
      checks.map(async (check) => {
        if (excluded.delete(check.name)) return `[+]${check.name} excluded: ok`;
        const failure = await this.#failureOf(check);
        this.#metrics.observe(check.name, probe, failure === undefined);
        if (failure === undefined) return `[+]${check.name} ok`;
        failures.push(`${check.name}: ${failure}`);
        return `[-]${check.name} failed: reason withheld`;
      }),
    );
    if (excluded.size > 0) {
      const names = [...excluded].map((name) => JSON.stringify(name)).join(", ");
      texts.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
    }
    if (failures.length > 0) {
      this.#tell(probe, failures);
      send(exchange, 500, `${texts.join("\n")}\n${probe} check failed\n`);
      return;
    }
    const isVerbose = exchange.query.has("verbose");
    send(exchange, 200, isVerbose ? `${texts.join("\n")}\n${probe} check passed\n` : "ok");
  }

  async #serveOne(exchange: Exchange, probe: HealthProbe, name: string): Promise<void> {
    if (name === "") return this.#serveAll(exchange, probe);
    const check = this.#checksOf(probe).find((candidate) => candidate.name === name);
    if (check === undefined) throw resourceNotFound();
    const failure = await this.#failureOf(check);
    if (failure === undefined) {
      send(exchange, 200, "ok");
      return;
    }
    this.#tell(probe, [`${name}: ${failure}`]);
    send(exchange, 500, "internal server error: reason withheld\n");
  }

  /** One line a probe, however many of its checks fail: they are often one thing's. */
  #tell(probe: HealthProbe, failures: readonly string[]): void {
    this.#log("warn", "health check failed", { probe, failures });
  }

  /** Why a check fails; undefined where it does not. */
  async #failureOf(check: HealthCheck): Promise<string | undefined> {
    try {
      const pending = check.check();
      if (pending !== undefined) await this.#inTime(pending);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #inTime(pending: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`));
      const timer = this.#clock.setTimer(CHECK_TIMEOUT_MS, late);
      pending.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

function send(exchange: Exchange, status: number, text: string): void {
  exchange.answer(status, TEXT, Buffer.from(text), { "x-content-type-options": "nosniff" });
}
