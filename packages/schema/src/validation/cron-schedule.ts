/** Cron schedules: five fields or a descriptor, with the texts of the parser that the reference uses. */
import { goQuote, parseDuration } from "@quorate/object";

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: Readonly<Record<string, number>>;
}

function named(first: number, names: string): Readonly<Record<string, number>> {
  return Object.fromEntries(names.split(" ").map((name, index) => [name, index + first]));
}

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: named(1, "jan feb mar apr may jun jul aug sep oct nov dec") },
  { min: 0, max: 6, names: named(0, "sun mon tue wed thu fri sat") },
];
const DESCRIPTORS: ReadonlySet<string> = new Set([
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
]);

/** What is wrong with a schedule, undefined where it is good. */
export function checkCronSchedule(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  if (schedule.startsWith("@")) return checkDescriptor(schedule);
  const fields = schedule
    .trim()
    .split(/\s+/)
    .filter((field) => field !== "");
  if (fields.length !== FIELDS.length) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  }
  for (const [index, field] of fields.entries()) {
    for (const part of field.split(",").filter((item) => item !== "")) {
      const wrong = checkRange(part, FIELDS[index]!);
      if (wrong) return wrong;
    }
  }
  return undefined;
}

function checkDescriptor(schedule: string): string | undefined {
  if (DESCRIPTORS.has(schedule)) return undefined;
  if (!schedule.startsWith("@every ")) return `unrecognized descriptor: ${schedule}`;
  const duration = schedule.slice("@every ".length);
  if (!Number.isNaN(parseDuration(duration))) return undefined;
  return `failed to parse duration ${schedule}: time: invalid duration ${goQuote(duration)}`;
}

function checkRange(text: string, bounds: Bounds): string | undefined {
  const [range = "", step, ...more] = text.split("/");
  const [low = "", high, ...hyphens] = range.split("-");
  let start = bounds.min;
  let end = bounds.max;
  if (low !== "*" && low !== "?") {
    const first = parseValue(low, bounds);
    if (typeof first === "string") return first;
    const last = high === undefined ? first : parseValue(high, bounds);
    if (typeof last === "string") return last;
    if (hyphens.length > 0) return `too many hyphens: ${text}`;
    start = first;
    end = last;
  }
  if (more.length > 0) return `too many slashes: ${text}`;
  const width = step === undefined ? 1 : parseNumber(step);
  if (typeof width === "string") return width;
  if (step !== undefined && high === undefined) end = bounds.max;
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${text}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return width === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

function parseValue(text: string, bounds: Bounds): number | string {
  return bounds.names?.[text.toLowerCase()] ?? parseNumber(text);
}

function parseNumber(text: string): number | string {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
  }
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}
