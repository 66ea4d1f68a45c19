/** The Log port: where a controller says what it did and what it could not do. */

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Takes one line; never throws. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;
