import test from "ava";
import {
  formatLabelSelector,
  LabelSelector,
  labelSelectorFrom,
  labelSelectorFromSet,
  parseFieldSelector,
  parseLabelSelector,
  requireFields,
  StatusError,
} from "../src/index.ts";
import { reference } from "./support/reference.ts";

test("label selectors parse, print and match as the reference does", (t) => {
  for (const { input, output, error } of reference.labelSelectors) {
    if (!output) {
      const thrown = t.throws(() => parseLabelSelector(input), { instanceOf: StatusError }, input);
      t.is(thrown.status.code, 400);
      t.is(thrown.message, error ?? "", input);
      continue;
    }
    const selector = parseLabelSelector(input);
    t.is(selector.toString(), output.text, input);
    const matches = reference.labelSets.map((set) => selector.matches(set));
    t.deepEqual(matches, output.matches, input);
    t.is(parseLabelSelector(selector.toString()).toString(), selector.toString(), "its text means the same");
  }
});

test("field selectors parse, print and match as the reference does", (t) => {
  for (const { input, output, error } of reference.fieldSelectors) {
    if (!output) {
      const thrown = t.throws(() => parseFieldSelector(input), { instanceOf: StatusError }, input);
      t.is(thrown.message, error ?? "", input);
      continue;
    }
    const selector = parseFieldSelector(input);
    t.is(selector.toString(), output.text, input);
    const matches = reference.fieldSets.map((set) => selector.matches((field) => set[field] ?? ""));
    t.deepEqual(matches, output.matches, input);
  }
});

test("labels are own properties: what every object inherits is no label", (t) => {
  t.false(parseLabelSelector("constructor").matches({}));
  t.true(parseLabelSelector("!toString").matches(undefined));
});

test("a selector of a spec: none selects nothing, an empty one everything", (t) => {
  t.false(labelSelectorFrom(undefined).matches({ a: "b" }));
  t.true(labelSelectorFrom({}).matches(undefined));
  t.true(labelSelectorFrom({}).isEverything);
  t.false(LabelSelector.nothing.isEverything);
  const selector = labelSelectorFrom({
    matchLabels: { a: "1" },
    matchExpressions: [
      { key: "b", operator: "In", values: ["x", "y"] },
      { key: "c", operator: "NotIn", values: ["z"] },
      { key: "d", operator: "Exists" },
      { key: "e", operator: "DoesNotExist" },
    ],
  });
  t.is(selector.toString(), "a=1,b in (x,y),c notin (z),d,!e");
  t.true(selector.matches({ a: "1", b: "y", d: "" }));
  t.false(selector.matches({ a: "1", b: "y", d: "", e: "" }));
  t.throws(() => labelSelectorFrom({ matchExpressions: [{ key: "a", operator: "Like" }] }));
});

test("kubectl's text of a selector", (t) => {
  t.is(formatLabelSelector({}), "<none>");
  t.is(formatLabelSelector({ matchExpressions: [{ key: "a", operator: "?" }] }), "<error>");
  t.is(labelSelectorFromSet({ b: "2", a: "1" }).toString(), "a=1,b=2");
});

test("fields that a kind does not offer are a 400, others may be renamed", (t) => {
  const selector = parseFieldSelector("old=1,metadata.name=x");
  const renamed = requireFields(selector, (field) => (field === "old" ? "new" : field));
  t.is(renamed.toString(), "metadata.name=x,new=1");
  t.is(renamed.exactValue("new"), "1");
  t.is(renamed.exactValue("old"), undefined);
  const thrown = t.throws(() => requireFields(selector, () => undefined), { instanceOf: StatusError });
  t.is(thrown?.message, "field label not supported: metadata.name");
});
