import type { JsonObject } from "@quorate/object";
import test from "ava";
import { builtinSchema, checkObject, DecodeError, parseApiVersion } from "../src/index.ts";
import { type DecodeRow, readFixture } from "./support/fixture.ts";

const schema = builtinSchema();
const resolve = (ref: string) => schema.resolve(ref);

function typeOf(object: JsonObject) {
  return schema.typeOf({ ...parseApiVersion(object.apiVersion as string)!, kind: object.kind as string });
}

for (const row of readFixture<DecodeRow>("decode")) {
  const input = JSON.parse(row.input) as JsonObject;
  const title = `${input.apiVersion} ${input.kind} ${row.input.slice(0, 300)}`;
  if (row.error !== undefined) {
    test(`is refused with the reference's words: ${title}`, (t) => {
      const error = t.throws(() => checkObject(typeOf(input), input, resolve), { instanceOf: DecodeError });
      t.is(error?.message, row.error!);
    });
    continue;
  }
  test(`is read as the reference reads it: ${title}`, (t) => {
    const { object, unknownFields } = checkObject(typeOf(input), input, resolve);
    t.is(JSON.stringify(object), JSON.stringify(JSON.parse(row.decoded!)));
    t.deepEqual(
      unknownFields.map((path) => `unknown field "${path}"`),
      row.unknown ?? [],
    );
  });
}
