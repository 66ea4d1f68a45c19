/**
 * `/metrics`: Prometheus text, ours first, then the host's; or that of all processes of this server.
 * `/metrics/slis`: what the health checks of this process said.
 */
import { messageOf } from "@quorate/base";
import type { Registry } from "prom-client";
import type { ApiServerOptions } from "../api-server-options.ts";
import type { Log } from "../log.ts";
import type { HealthMetrics } from "../metrics/health-metrics.ts";
import type { Endpoint } from "./endpoint-table.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Where the host's text, or that of all processes, fails, ours is served alone. */
export function metricsEndpoint(
  registry: Registry,
  { extraMetrics, collectMetrics }: Pick<ApiServerOptions, "extraMetrics" | "collectMetrics">,
  log: Log,
): Endpoint {
  const textOf = async (give: (() => Promise<string>) | undefined): Promise<string> => {
    try {
      return (await give?.()) ?? "";
    } catch (error) {
      // What we have is worth more than nothing.
      log("warn", "the host's metrics can't be had", { error: messageOf(error) });
      return "";
    }
  };
  return {
    path: "/metrics",
    serve: async (exchange) => {
      const collected = await textOf(collectMetrics);
      const text = collected || (await registry.metrics()) + (await textOf(extraMetrics));
      exchange.answer(200, CONTENT_TYPE, Buffer.from(text));
    },
  };
}

/** The levels that are measured apart from everything else. */
export function levelsEndpoint({ registry }: HealthMetrics): Endpoint {
  return {
    path: "/metrics/slis",
    serve: async (exchange) => {
      exchange.answer(200, CONTENT_TYPE, Buffer.from(await registry.metrics()));
    },
  };
}
