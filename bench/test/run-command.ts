/** Runs a command of the bench as its users do, and hands back what it printed. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a command ended. */
export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LIMIT_MS = 180_000;

/** `file` is relative to bench/src. */
export function runCommand(file: string, args: readonly string[]): Promise<CommandEnd> {
  const path = fileURLToPath(new URL(`../src/${file}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path, ...args],
      { timeout: LIMIT_MS, maxBuffer: 16 << 20 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
