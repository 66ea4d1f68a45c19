/** `/metrics`: Prometheus text, ours first, then the host's. */
import { messageOf } from "@quorate/base";
import type { Registry } from "prom-client";
import type { Log } from "../log.ts";
import type { Endpoint } from "./endpoint-table.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `extra` gives the host's text; where it fails, ours is served alone. */
export function metricsEndpoint(
  registry: Registry,
  extra: (() => Promise<string>) | undefined,
  log: Log,
): Endpoint {
  return {
    path: "/metrics",
    serve: async (exchange) => {
      let more = "";
      try {
        more = (await extra?.()) ?? "";
      } catch (error) {
        // What we have is worth more than nothing.
        log("warn", "the host's metrics can't be had", { error: messageOf(error) });
      }
      exchange.answer(200, CONTENT_TYPE, Buffer.from((await registry.metrics()) + more));
    },
  };
}
