export * from "./api-server-options.ts";
export * from "./limits.ts";
export type { Log, LogLevel } from "./log.ts";
export * from "./metrics/merge-metrics.ts";
export { startApiServer } from "./start-api-server.ts";
