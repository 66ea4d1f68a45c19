import test from "ava";
import * as object from "../src/index.ts";
import { checkPathSegment, goJson, goQuote, maskTrailingDash } from "../src/index.ts";
import { reference } from "./support/reference.ts";

for (const [name, rows] of Object.entries(reference.names)) {
  test(`${name} finds what the reference finds, in its words`, (t) => {
    const check = (object as unknown as Record<string, (text: string) => string[]>)[name]!;
    for (const { input, output } of rows) t.deepEqual(check(input), [...output!], JSON.stringify(input));
  });
}

test("a path segment is anything that stays one segment", (t) => {
  t.deepEqual(checkPathSegment("system:node:a"), []);
  t.deepEqual(checkPathSegment(".."), ["may not be '..'"]);
  t.deepEqual(checkPathSegment("a/b%"), ["may not contain '/'", "may not contain '%'"]);
});

test("the last dash of a generateName stands for what will be appended", (t) => {
  t.is(maskTrailingDash("job-"), "joa");
  t.is(maskTrailingDash("job"), "job");
  t.is(maskTrailingDash("-"), "-");
});

test("texts are quoted as Go's %q, JSON escaped as encoding/json", (t) => {
  t.is(goQuote('a"b\\c'), '"a\\"b\\\\c"');
  t.is(goQuote("\n\t\u0000\u007f"), '"\\n\\t\\x00\\x7f"');
  t.is(goQuote("é日\u200b\u{1f600}\u{e0001}"), '"é日\\u200b\u{1f600}\\U000e0001"');
  t.is(goJson({ a: "<b>&\u2028" }), '{"a":"\\u003cb\\u003e\\u0026\\u2028"}');
});
