/**
 * Server processes that a run starts: their output goes to a log file; they are ended by id, gently, then
 * firmly.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { pause } from "../pause.ts";

/** A process that runs until it is stopped. */
export interface ServerChild {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly logFile: string;
  stop(): Promise<void>;
}

const STOP_MS = 15_000;

/** Starts a program; its output is appended to the log file. */
export function startChild(
  command: string,
  args: readonly string[],
  logFile: string,
  environment: NodeJS.ProcessEnv = process.env,
): ServerChild {
  const log = openSync(logFile, "a");
  const child = spawn(command, args, { stdio: ["ignore", log, log], env: environment });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  };
  return { pid: child.pid ?? -1, process: child, logFile, stop };
}

/**
 * Polls `probe` until it is true; throws with the end of the log where the process ends or the time is up.
 */
export async function untilReady(
  child: ServerChild,
  what: string,
  limitMs: number,
  probe: () => Promise<boolean>,
): Promise<void> {
  const limit = performance.now() + limitMs;
  while (performance.now() < limit) {
    if (child.process.exitCode !== null || child.pid === -1) break;
    if (await probe().catch(() => false)) return;
    await pause(10);
  }
  const log = readFileSync(child.logFile, "utf8").slice(-2_000);
  throw new Error(`${what} did not get ready within ${limitMs / 1000} s; the end of its log:\n${log}`);
}
