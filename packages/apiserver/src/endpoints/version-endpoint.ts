/** `/version`: always indented JSON, as in the reference. */
import { serverVersion } from "../server-version.ts";
import type { Endpoint } from "./endpoint-table.ts";

/** Serves the same bytes each time. */
export function versionEndpoint(): Endpoint {
  const body = Buffer.from(JSON.stringify(serverVersion(), null, 2));
  return { path: "/version", serve: (exchange) => exchange.answer(200, "application/json", body) };
}
