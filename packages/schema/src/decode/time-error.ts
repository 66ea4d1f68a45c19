/**
 * What Go's time parser says about a text that is no RFC 3339 time: which part of the layout did not match,
 * or which number is out of range. Only called when reading has failed.
 */

interface Part {
  readonly layout: string;
  readonly pattern: RegExp;
}

const literal = (layout: string): Part => ({ layout, pattern: new RegExp(`^${layout}`) });
const digits = (layout: string): Part => ({ layout, pattern: new RegExp(`^\\d{${layout.length}}`) });

const DATE_AND_TIME: readonly Part[] = [
  digits("2006"),
  literal("-"),
  digits("01"),
  literal("-"),
  digits("02"),
  literal("T"),
  digits("15"),
  literal(":"),
  digits("04"),
  literal(":"),
  digits("05"),
];
const FRACTION: Part = { layout: ".000000", pattern: /^[.,]\d{6}/ };
const OPTIONAL_FRACTION: Part = { layout: "", pattern: /^(?:[.,]\d+)?/ };
const ZONE: Part = { layout: "Z07:00", pattern: /^(?:Z|[+-]\d\d:\d\d)/ };
const RANGES: Readonly<Record<string, readonly [name: string, from: number, to: number]>> = {
  "01": ["month", 1, 12],
  "02": ["day", 1, 31],
  "15": ["hour", 0, 23],
  "04": ["minute", 0, 59],
  "05": ["second", 0, 59],
};

/** The message for `text`, read as a Time or as a MicroTime. */
export function timeErrorText(text: string, isMicro: boolean): string {
  const shown = JSON.stringify(text);
  const layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  let rest = text;
  for (const part of [...DATE_AND_TIME, isMicro ? FRACTION : OPTIONAL_FRACTION, ZONE]) {
    const match = part.pattern.exec(rest);
    if (match === null) {
      return `parsing time ${shown} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part.layout}"`;
    }
    const range = RANGES[part.layout];
    const value = Number(match[0]);
    if (range !== undefined && (value < range[1] || value > range[2])) {
      return `parsing time ${shown}: ${range[0]} out of range`;
    }
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") return `parsing time ${shown}: extra text: ${JSON.stringify(rest)}`;
  return `parsing time ${shown}: day out of range`;
}
