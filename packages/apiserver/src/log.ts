/**
 * The Log port: where the front door says what it can't say to a client. Silent unless the caller brings one.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Never throws; `fields` hold what a machine may want to look for. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Says nothing. */
export const silent: Log = () => {};
