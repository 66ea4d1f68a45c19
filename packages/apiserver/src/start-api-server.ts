/** Starts the front door: one HTTPS port, one chain, every resource of the tables behind it. */
import type { ApiServerOptions, RunningApiServer } from "./api-server-options.ts";

/** Resolves once the port is open. Rejects with the listener's error, for example EADDRINUSE. */
export function startApiServer(_options: ApiServerOptions): Promise<RunningApiServer> {
  return Promise.reject(new Error("startApiServer: not assembled yet"));
}
