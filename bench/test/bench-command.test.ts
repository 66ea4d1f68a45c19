import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { Measurement } from "../src/measure.ts";
import type { Skipped } from "../src/run-plan.ts";
import { workloads } from "../src/workloads/index.ts";
import { runCommand } from "./run-command.ts";
import { findSvgProblem } from "./svg-check.ts";

interface Results {
  readonly measurements: Measurement[];
  readonly findings: { experiment: string }[];
  readonly skipped: Skipped[];
}

test("--smoke runs every workload and experiment and leaves JSON, a table and plots", async (t) => {
  const out = await mkdtemp(join(tmpdir(), "quorate-bench-test-"));
  t.teardown(() => rm(out, { recursive: true, force: true }));
  const end = await runCommand("main.ts", ["--smoke", "--out", out]);
  t.is(end.code, 0, end.stdout.slice(-3_000) + end.stderr.slice(-1_000));
  const { measurements, findings, skipped } = JSON.parse(
    await readFile(join(out, "bench.json"), "utf8"),
  ) as Results;
  t.deepEqual(
    skipped.filter(({ unsupported }) => !unsupported),
    [],
  );
  const unsupported = skipped.length;
  const seen = new Set(measurements.map(({ workload }) => workload));
  t.is(seen.size + unsupported, workloads.length);
  t.deepEqual(
    [...new Set(findings.map(({ experiment }) => experiment))],
    ["cold-start", "isolation", "growth", "workers"],
  );
  for (const measurement of measurements) {
    t.true(measurement.operations > 0 && measurement.operationsPerSecond > 0, measurement.workload);
    t.deepEqual(measurement.errors, {}, `${measurement.workload} on ${measurement.surface}`);
  }
  t.true((await readFile(join(out, "bench.md"), "utf8")).includes("| store-put | embedded |"));
  const plots = (await readdir(out)).filter((file) => file.endsWith(".svg"));
  t.true(plots.length > 10);
  for (const plot of plots) t.is(findSvgProblem(await readFile(join(out, plot), "utf8")), undefined, plot);
});

test("a flag that can't be used is refused in one line that names it", async (t) => {
  const unknown = await runCommand("main.ts", ["--only", "creat"]);
  t.is(unknown.code, 1);
  t.regex(unknown.stderr, /^bench: --only: there is no "creat"; there are: create, /);
  const rounds = await runCommand("main.ts", ["--rounds", "0"]);
  t.is(rounds.stderr, 'bench: --rounds must be a whole number from 1 on, not "0"\n');
  const protocol = await runCommand("main.ts", ["--protocol", "h3"]);
  t.is(protocol.stderr, 'bench: --protocol must be h2 or http1, not "h3"\n');
});
