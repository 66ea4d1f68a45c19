import test from "ava";
import fc from "fast-check";
import {
  ageOf,
  formatDuration,
  formatMicroTime,
  formatTime,
  humanDuration,
  parseDuration,
  parseTime,
  shortHumanDuration,
} from "../src/index.ts";
import { reference } from "./support/reference.ts";

const SEED = Number(process.env["TEST_SEED"] ?? 20_261_125);

test("ages read as kubectl prints them", (t) => {
  for (const { input, output } of reference.durations.human)
    t.is(humanDuration(input * 1_000), output!, `${input}`);
  for (const { input, output } of reference.durations.short) {
    t.is(shortHumanDuration(input * 1_000), output!, `${input}`);
  }
});

test("durations are read and written as Go does", (t) => {
  for (const { input, output } of reference.durations.go) {
    const nanoseconds = parseDuration(input);
    if (!output) {
      t.is(nanoseconds, Number.NaN, input);
      continue;
    }
    t.is(nanoseconds + 0, output.nanoseconds, input);
    t.is(formatDuration(nanoseconds), output.text, input);
  }
});

test(`times agree with the platform's calendar (seed ${SEED})`, (t) => {
  const seconds = fc.integer({ min: Date.UTC(1, 0, 1) / 1_000, max: Date.UTC(9999, 0, 1) / 1_000 });
  fc.assert(
    fc.property(seconds, fc.nat(999), (second, ms) => {
      const at = second * 1_000 + ms;
      const text = new Date(at).toISOString();
      if (!text.startsWith("-")) {
        t.is(formatTime(at), `${text.slice(0, 19)}Z`);
        t.is(formatMicroTime(at), `${text.slice(0, 23)}000Z`);
        t.is(parseTime(text), at);
        t.is(parseTime(formatTime(at)), at - ms);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("what is no RFC 3339 time is NaN; offsets count", (t) => {
  for (const text of [
    "",
    "2026-01-01",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "x",
  ]) {
    t.is(parseTime(text), Number.NaN, text);
  }
  t.is(parseTime("2024-02-29T01:00:00+01:00"), Date.UTC(2024, 1, 29));
  t.is(parseTime("2026-01-01T00:00:00-00:30"), Date.UTC(2026, 0, 1, 0, 30));
});

test("the age of a timestamp, unknown where there is none", (t) => {
  const now = Date.UTC(2026, 0, 1);
  t.is(ageOf("2025-12-31T23:00:00Z", now), "60m");
  t.is(ageOf(undefined, now), "<unknown>");
  t.is(ageOf("yesterday", now), "<unknown>");
  t.is(ageOf("2026-01-01T01:00:00Z", now), "<invalid>");
});
