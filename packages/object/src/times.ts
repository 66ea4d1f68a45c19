/**
 * Times and durations as the API writes and kubectl prints them. Pure: "now" always comes from the caller, in
 * milliseconds since the epoch.
 */

const DAY_MS = 86_400_000;

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, "0");
}

/** Days since the epoch of a date in the proleptic Gregorian calendar; `month` from 1. */
function daysFromDate(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse of `daysFromDate`, as `YYYY-MM-DD`. */
function dateText(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapless = dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524);
  const yearOfEra = Math.floor((leapless - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** RFC 3339 with whole seconds: metadata and status times. */
export function formatTime(ms: number): string {
  return `${secondsText(ms)}Z`;
}

/** RFC 3339 with six digits: MicroTime (leases, events). */
export function formatMicroTime(ms: number, microseconds = 0): string {
  const whole = Math.floor(ms);
  return `${secondsText(ms)}.${pad(whole - Math.floor(whole / 1000) * 1000, 3)}${pad(microseconds % 1000, 3)}Z`;
}

function secondsText(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  const clock = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return `${dateText(days)}T${clock}`;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Milliseconds since the epoch, NaN where the text is no RFC 3339 time. */
export function parseTime(text: string): number {
  const match = RFC3339.exec(text);
  if (!match) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const dayMax = month === 2 && !isLeap ? 28 : (MONTH_DAYS[month - 1] ?? 0);
  if (day < 1 || day > dayMax || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const offset = match[8] ? (Number(match[9]) * 60 + Number(match[10])) * (match[8] === "-" ? -1 : 1) : 0;
  const clock = (hour * 3600 + (minute - offset) * 60 + second) * 1000;
  const fraction = match[7] ? Math.floor(Number(match[7]) * 1000) : 0;
  return daysFromDate(year, month, day) * DAY_MS + clock + fraction;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const YEAR = 365 * DAY;

/**
 * An age as kubectl prints it, with two or three significant figures: `45s`, `3m20s`, `5h`, `3d4h`, `2y30d`.
 * Up to two seconds in the future count as now, more is `<invalid>`.
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.trunc(seconds / MINUTE);
  if (minutes < 10) return twoParts(minutes, "m", seconds % MINUTE, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(seconds / HOUR);
  if (hours < 8) return twoParts(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(seconds / DAY);
  if (hours < 192) return twoParts(days, "d", hours % 24, "h");
  if (seconds < 2 * YEAR) return `${days}d`;
  const years = Math.trunc(seconds / YEAR);
  if (seconds < 8 * YEAR) return twoParts(years, "y", days % 365, "d");
  return `${years}y`;
}

/** As `humanDuration`, one figure only: `3m`, `5h`, `4d`. */
export function shortHumanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.trunc(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.trunc(seconds / HOUR)}h`;
  if (seconds < YEAR) return `${Math.trunc(seconds / DAY)}d`;
  return `${Math.trunc(seconds / YEAR)}y`;
}

function twoParts(first: number, unit: string, second: number, small: string): string {
  return second === 0 ? `${first}${unit}` : `${first}${unit}${second}${small}`;
}

/** The time since a timestamp as kubectl prints it; `<unknown>` where there is none. */
export function ageOf(timestamp: string | null | undefined, nowMs: number): string {
  if (!timestamp) return "<unknown>";
  const at = parseTime(timestamp);
  return Number.isNaN(at) ? "<unknown>" : humanDuration(nowMs - at);
}

const UNITS_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** Go's duration text (`1h30m`, `1.5s`) in nanoseconds, NaN where it is none. */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (!/^(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return Number.NaN;
  let total = 0;
  for (const [, value, unit] of body.matchAll(/([0-9.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(value) * UNITS_NS[unit!]!;
  }
  return sign * Math.round(total);
}

/** Nanoseconds as Go prints them: `1h0m0s`, `1.5s`, `200ms`, `0s`. */
export function formatDuration(ns: number): string {
  if (ns === 0) return "0s";
  const sign = ns < 0 ? "-" : "";
  const size = Math.abs(ns);
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const hours = Math.floor(size / 3.6e12);
  const minutes = Math.floor((size % 3.6e12) / 6e10);
  const seconds = `${(size % 6e10) / 1e9}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
