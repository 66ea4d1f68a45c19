/** Runs the `quorate` command as a process, to its end or until it says something. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../bin/quorate.mjs", import.meta.url));
const LIMIT_MS = 60_000;

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

/** Resolves once it has ended by itself; what takes too long is killed, which shows as no exit code. */
export function runCommand(args: readonly string[]): Promise<CommandResult> {
  const child = start(args);
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout!.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.on("data", (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

export interface RunningCommand {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Resolves once a line of its output matches; it ends with the test. */
export async function untilLine(
  t: { teardown(run: () => unknown): void },
  args: readonly string[],
  wanted: RegExp,
): Promise<RunningCommand> {
  const child = start(args);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  t.teardown(() => {
    child.kill("SIGKILL");
    return ended;
  });
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (wanted.test(line)) resolve();
      });
    }
    void ended.then((code) => reject(new Error(`ended with ${code}: ${lines.join("\n")}`)));
  });
  return {
    pid: child.pid!,
    lines,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
