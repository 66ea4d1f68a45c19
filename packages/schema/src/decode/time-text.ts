/**
 * RFC 3339 texts as Go reads and writes them: any offset and fraction is read, UTC with whole seconds (Time)
 * or six digits (MicroTime) is written. Calendar arithmetic only, no clock.
 */

const FRACTION_AND_ZONE = /^(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SECONDS_OF_DAY = 86_400;

/** A point in time: whole seconds since the Unix epoch and nanoseconds in `[0, 1e9)`. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/** Undefined where the text is no RFC 3339 time. */
export function parseInstant(text: string): Instant | undefined {
  if (text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[13] !== ":" || text[16] !== ":")
    return undefined;
  const year = numberAt(text, 0, 4);
  const month = numberAt(text, 5, 7);
  const day = numberAt(text, 8, 10);
  const hour = numberAt(text, 11, 13);
  const minute = numberAt(text, 14, 16);
  const second = numberAt(text, 17, 19);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59))
    return undefined;
  const ofDay = hour * 3600 + minute * 60 + second;
  const seconds = daysFromCivil(year, month, day) * SECONDS_OF_DAY + ofDay;
  if (text.length === 20 && text[19] === "Z") return { seconds, nanos: 0 };
  const match = FRACTION_AND_ZONE.exec(text.slice(19));
  const offset = match === null ? undefined : offsetSeconds(match[2]!);
  if (match === null || offset === undefined) return undefined;
  const nanos = match[1] === undefined ? 0 : Number(match[1].slice(0, 9).padEnd(9, "0"));
  return { seconds: seconds - offset, nanos };
}

/** The number whose digits lie in `[from, to)`; NaN where there is anything else. */
function numberAt(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `2006-01-02T15:04:05Z`. */
export function formatSeconds(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_OF_DAY);
  const rest = seconds - days * SECONDS_OF_DAY;
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${civilFromDays(days)}T${time}Z`;
}

/** `2006-01-02T15:04:05.000000Z`. */
export function formatMicroseconds(instant: Instant): string {
  const micros = String(Math.floor(instant.nanos / 1000)).padStart(6, "0");
  return `${formatSeconds(instant.seconds).slice(0, 19)}.${micros}Z`;
}

/** The canonical text of a Time, undefined where `text` is none. The usual text costs no allocation. */
export function canonicalTime(text: string): string | undefined {
  const instant = parseInstant(text);
  if (instant === undefined) return undefined;
  return text.length === 20 && text.endsWith("Z") ? text : formatSeconds(instant.seconds);
}

const SIX_DIGITS = /:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The canonical text of a MicroTime, undefined where `text` is none. Six digits are required, as the
 * reference does.
 */
export function canonicalMicroTime(text: string): string | undefined {
  const instant = SIX_DIGITS.test(text) ? parseInstant(text) : undefined;
  return instant === undefined ? undefined : formatMicroseconds(instant);
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : MONTH_DAYS[month - 1]!;
}

function offsetSeconds(text: string): number | undefined {
  if (text === "Z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 24 || minutes > 59) return undefined;
  return (text[0] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** Days since 1970-01-01 of a proleptic Gregorian date (years counted from March, in eras of 400). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}
