/**
 * The log of a store, line by line as etcd's: JSON with level, ts, caller, msg and fields in that order, on
 * stderr unless told otherwise. Lines are written at once, so that the last ones before an end are there.
 */
import { CodedError } from "@quorate/base";
import { pino } from "pino";

/** As etcd names them, from the least. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "dpanic", "panic", "fatal"] as const;

/** A level of the log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Fields of a line; `caller` says where it comes from. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How lines are written, and where. */
export interface StoreLogOptions {
  readonly level: LogLevel;
  readonly format: "json" | "console";
  /** "default", "stderr", "stdout", "systemd/journal", or paths. */
  readonly outputs: readonly string[];
}

interface Sink {
  write(line: string): boolean;
}

/** Writes lines. */
export class StoreLog {
  readonly #minimum: number;
  readonly #format: "json" | "console";
  readonly #sinks: readonly Sink[];

  constructor(options: StoreLogOptions) {
    this.#minimum = LOG_LEVELS.indexOf(options.level);
    this.#format = options.format;
    this.#sinks = options.outputs.includes("/dev/null") ? [] : options.outputs.map(openSink);
  }

  debug(message: string, fields?: LogFields): void {
    this.#line("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#line("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#line("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#line("error", message, fields);
  }

  /** The last line of a process that ends because of it; ending is the caller's. */
  fatal(message: string, fields?: LogFields): void {
    this.#line("fatal", message, fields);
  }

  #line(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < this.#minimum) return;
    const now = new Date().toISOString().replace("Z", "000Z");
    const { caller = "quorate/store", ...rest } = fields;
    const line =
      this.#format === "json"
        ? JSON.stringify({ level, ts: now, caller, msg: message, ...rest }, plain)
        : [now, level, caller, message, JSON.stringify(rest, plain)].join("\t");
    for (const sink of this.#sinks) sink.write(`${line}\n`);
  }
}

/** Ids as etcd prints them, errors by what they say. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString(16);
  return value instanceof Error ? value.message : value;
}

function openSink(output: string): Sink {
  const target =
    output === "stdout" ? 1 : ["default", "stderr", "systemd/journal"].includes(output) ? 2 : output;
  try {
    const sink = pino.destination({ dest: target, sync: true, append: true, mkdir: false });
    // A log that can't be written (a full disk, a reader that is gone) is lost, never a reason to end.
    sink.on("error", () => {});
    return sink;
  } catch (error) {
    throw new CodedError(
      "BAD_FLAGS",
      `--log-outputs: ${output} can't be opened: ${(error as Error).message}`,
    );
  }
}
