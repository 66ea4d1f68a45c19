import type { JsonObject } from "@quorate/object";
import test from "ava";
import { applyDefaults, builtinSchema, checkObject, parseApiVersion } from "../src/index.ts";
import { type DecodeRow, readFixture } from "./support/fixture.ts";

const schema = builtinSchema();
const resolve = (ref: string) => schema.resolve(ref);
const now = "2026-01-01T00:00:00Z";

for (const row of readFixture<DecodeRow>("decode")) {
  if (row.defaulted === undefined) continue;
  const input = JSON.parse(row.input) as JsonObject;
  test(`gets the reference's defaults: ${row.input.slice(0, 300)}`, (t) => {
    const type = schema.typeOf({
      ...parseApiVersion(input.apiVersion as string)!,
      kind: input.kind as string,
    });
    const { object } = checkObject(type, input, resolve);
    applyDefaults(type, object, resolve, { now });
    t.deepEqual(object, JSON.parse(row.defaulted!));
  });
}
