/**
 * `npm test`: types, format and lint, then every package's suite through turbo. Their output passes through;
 * the last line is `N passed, N failed`, summed up over all suites, and the exit code says the same.
 */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { checkOwnNode, installMissing, PROJECT_NODE, ROOT } from "./install-missing.mjs";
import { TestCount } from "./test-count.mjs";

checkOwnNode();
await installMissing();

const BIN = join(ROOT, "node_modules", ".bin");
const ENVIRONMENT = {
  ...process.env,
  PATH: [dirname(PROJECT_NODE), BIN, process.env["PATH"]].join(delimiter),
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  DO_NOT_TRACK: "1",
};
const children = new Set();

/** Runs a program of node_modules/.bin, hands its output on line by line, resolves with its exit code. */
function run(program, args, onLine = () => {}) {
  const windows = process.platform === "win32";
  const child = spawn(join(BIN, windows ? `${program}.cmd` : program), args, {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
    shell: windows,
  });
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      process.stdout.write(`${line}\n`);
      onLine(stripVTControlCharacters(line));
    });
  }
  return new Promise((resolve) => {
    child.once("error", (error) => {
      process.stdout.write(`${program}: ${error.message}\n`);
      resolve(1);
    });
    child.once("close", (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal);
    process.exitCode = 1;
  });
}

const count = new TestCount();

for (const [title, program, ...args] of [
  ["types", "tsc", "--noEmit", "-p", "tsconfig.json"],
  ["format and lint", "biome", "check", "--error-on-warnings"],
  ["tidy", "ava", "--config", "scripts/ava.config.js"],
]) {
  process.stdout.write(`\n== ${title}\n`);
  if (program === "ava") {
    count.startRun();
    count.endRun(await run(program, args, (line) => count.readLine(line)));
  } else {
    count.add((await run(program, args)) === 0 ? "passed" : "failed");
  }
}

process.stdout.write("\n== packages\n");
count.startRun();
const turbo = [
  "run",
  "test",
  "--concurrency=2",
  "--continue",
  "--force",
  "--no-daemon",
  "--no-update-notifier",
];
count.endRun(
  await run("turbo", [...turbo, "--output-logs=full", "--log-order=grouped", "--log-prefix=none"], (line) =>
    count.readLine(line),
  ),
);

process.stdout.write(`\n${count.passed} passed, ${count.failed} failed\n`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
