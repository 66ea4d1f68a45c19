import { seededRandom } from "@quorate/base";
import test from "ava";
import { HARMS, PARTITIONS } from "../src/torture/harm.ts";
import { HarmPlan } from "../src/torture/harm-plan.ts";

function all(plan: HarmPlan, count = plan.total): string[] {
  return Array.from({ length: count }, () => plan.next());
}

test("as many harms as were asked for come, in an order that the seed draws", (t) => {
  const text = "kill-leader=30,partition=10";
  const plan = HarmPlan.parse(text, seededRandom(3));
  t.is(plan.total, 40);
  const harms = all(plan);
  t.true(plan.isDone);
  t.is(harms.filter((harm) => harm === "kill-leader").length, 30);
  for (const kind of PARTITIONS) t.is(harms.filter((harm) => harm === kind).length, 2, kind);
  t.not(new Set(harms.slice(0, 30)).size, 1, "they are mixed");
  t.deepEqual(all(HarmPlan.parse(text, seededRandom(3))), harms);
  t.notDeepEqual(all(HarmPlan.parse(text, seededRandom(4))), harms);
});

test("kinds without counts come one after the other again and again", (t) => {
  const plan = HarmPlan.parse("kill-one, replace", seededRandom(1));
  t.deepEqual(all(plan, 5), ["kill-one", "replace", "kill-one", "replace", "kill-one"]);
  t.false(plan.isDone);
});

test("without kinds any come", (t) => {
  const harms = all(HarmPlan.parse(undefined, seededRandom(1)), 500);
  t.deepEqual([...new Set(harms)].sort(), [...HARMS].sort());
});

for (const [text, message] of [
  ["kill-king=3", /--harms: there is no "kill-king"; there are: kill-leader, .*partition/],
  ["kill-leader=0", /"kill-leader=0" is not a kind with a count/],
  ["kill-leader=many", /"kill-leader=many" is not a kind with a count/],
  ["kill-leader=1,partition", /give a count with every kind, or with none/],
  ["", /there is no ""/],
] as const) {
  test(`--harms "${text}" is refused with the reason`, (t) => {
    t.throws(() => HarmPlan.parse(text, seededRandom(1)), { code: "BAD_FLAG", message });
  });
}
