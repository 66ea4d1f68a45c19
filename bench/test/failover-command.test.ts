import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { ScenarioResult } from "../src/failover/scenario.ts";
import { findBrowser, screenOf } from "./browser.ts";
import { runCommand } from "./run-command.ts";
import { findSvgProblem } from "./svg-check.ts";

const SECTION = /<section id="([^"]+)">[\s\S]*?(<svg[\s\S]*?<\/svg>)[\s\S]*?<\/section>/g;

test("--smoke kills a leader under load, loses nothing, and leaves a page that can be read", async (t) => {
  const out = await mkdtemp(join(tmpdir(), "quorate-failover-test-"));
  t.teardown(() => rm(out, { recursive: true, force: true }));
  const end = await runCommand("failover.ts", ["--smoke", "--out", out]);
  t.is(end.code, 0, end.stdout + end.stderr);
  const results = JSON.parse(await readFile(join(out, "failover.json"), "utf8")) as ScenarioResult[];
  t.deepEqual(
    results.map(({ fault }) => fault),
    ["kill-leader"],
  );
  for (const { verdict, writeGap, redundancyMs } of results) {
    t.true(verdict.acknowledged > 50);
    t.deepEqual(verdict.lost, []);
    t.true(writeGap.ms > 0 && redundancyMs > 0);
  }
  const page = await readFile(join(out, "failover.html"), "utf8");
  const sections = [...page.matchAll(SECTION)];
  t.is(sections.length, results.length);
  for (const [, id, svg] of sections) {
    t.true(page.includes(`href="#${id}"`), "each timeline is linked from the table");
    t.is(findSvgProblem(svg!), undefined, id);
    t.true(svg!.includes("kill -9 member"), "the fault is marked");
  }
  t.notRegex(page, /<script|https?:\/\/(?!www\.w3\.org)/, "nothing is loaded and nothing runs");
  const browser = await findBrowser();
  if (!browser) {
    t.log("no browser here: the page was checked as text alone");
    return;
  }
  const screen = await screenOf(browser, join(out, "failover.html"));
  t.regex(screen, /What a client sees when a member fails/);
  t.regex(screen, /none of \d+ lost/);
});

test("a fault that does not exist is refused in one line that lists those that do", async (t) => {
  const end = await runCommand("failover.ts", ["--only", "kill-boss"]);
  t.is(end.code, 1);
  t.regex(end.stderr, /^failover: --only: there is no "kill-boss"; there are: kill-leader, /);
});
