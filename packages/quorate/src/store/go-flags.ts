/**
 * Flags as Go programs read them, since that is how etcd's users and scripts write them: one dash or two,
 * `-name value` or `-name=value`, a boolean without a value means true, parsing ends at the first argument
 * that is no flag.
 */
import { CodedError } from "@quorate/base";

/** What a flag's value may be. */
export type FlagKind = "text" | "bool" | "uint" | "int" | "duration" | "urls" | "list" | "ignored";

/** One flag. */
export interface FlagSpec {
  readonly kind: FlagKind;
  /** As it is written. */
  readonly initial: string;
  readonly description: string;
}

/** What was given, and what is left of the arguments. */
export interface ParsedFlags {
  readonly given: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
  readonly helpAsked: boolean;
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a text like "1h30m" or "100ms"; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (text === "0") return 0;
  if (!match) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    milliseconds += Number(amount) * DURATION_UNITS[unit!]!;
  }
  return match[1] === "-" ? -milliseconds : milliseconds;
}

/** As Go's ParseBool; undefined for what is none. */
export function parseBool(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  return undefined;
}

/** Why a value is not one of its kind; undefined where it is. */
export function valueProblem(kind: FlagKind, text: string): string | undefined {
  switch (kind) {
    case "bool":
      return parseBool(text) === undefined ? "parse error" : undefined;
    case "uint":
      return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? undefined : "parse error";
    case "int":
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? undefined : "parse error";
    case "duration":
      return parseDuration(text) === undefined ? "parse error" : undefined;
    case "urls":
      return text === "" || text === "*" ? undefined : urlsProblem(text);
    default:
      return undefined;
  }
}

function urlsProblem(text: string): string | undefined {
  for (const part of text.split(",").map((one) => one.trim())) {
    const match = /^([a-z]+):(.*)$/.exec(part);
    if (!match) return `parse "${part}": first path segment in URL cannot contain colon`;
    if (!["http", "https", "unix", "unixs"].includes(match[1]!)) {
      return `URL scheme must be http, https, unix, or unixs: ${part}`;
    }
    if (match[1]!.startsWith("unix")) continue;
    const url = URL.parse(part);
    if (!url || !/^https?:\/\/(?:[^/?#]*:\d+)\/?$/.test(part)) {
      if (url && /:\d+\//.test(part)) return `URL must not contain a path: ${part}`;
      return `URL address does not have the form "host:port": ${part}`;
    }
  }
  return undefined;
}

function refused(message: string): CodedError<"BAD_FLAGS"> {
  return new CodedError("BAD_FLAGS", message);
}

/** Reads the arguments. Throws BAD_FLAGS with Go's message for what can't be read. */
export function parseGoFlags(
  args: readonly string[],
  specs: Readonly<Record<string, FlagSpec>>,
): ParsedFlags {
  const given = new Map<string, string>();
  let helpAsked = false;
  let at = 0;
  while (at < args.length) {
    const argument = args[at]!;
    if (!argument.startsWith("-") || argument === "-") break;
    at++;
    if (argument === "--") break;
    const text = argument.replace(/^--?/, "");
    if (text === "" || text.startsWith("-") || text.startsWith("=")) {
      throw refused(`bad flag syntax: ${argument}`);
    }
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) {
      if (name === "help" || name === "h") {
        helpAsked = true;
        continue;
      }
      throw refused(`flag provided but not defined: -${name}`);
    }
    let value = equals < 0 ? undefined : text.slice(equals + 1);
    if (value === undefined && spec.kind === "bool") value = "true";
    if (value === undefined) {
      if (at >= args.length) throw refused(`flag needs an argument: -${name}`);
      value = args[at++]!;
    }
    const problem = valueProblem(spec.kind, value);
    if (problem !== undefined) {
      const what = spec.kind === "bool" ? "boolean value" : "value";
      const where = spec.kind === "bool" ? `for -${name}` : `for flag -${name}`;
      throw refused(`invalid ${what} ${JSON.stringify(value)} ${where}: ${problem}`);
    }
    given.set(name, value);
  }
  return { given, rest: args.slice(at), helpAsked };
}
