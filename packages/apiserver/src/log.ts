/** The Log port: where the front door says what it can't say to a client. Silent unless the caller brings one. */

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export const silent: Log = () => {};
