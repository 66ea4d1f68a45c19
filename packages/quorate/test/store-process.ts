/** `quorate store` as a process of its own, on free ports. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ExecutionContext } from "ava";

const COMMAND = fileURLToPath(new URL("../bin/quorate.mjs", import.meta.url));

/** A line of a store's log. */
export interface LogLine {
  readonly level: string;
  readonly ts: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A store that was started. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** What it has said so far on stderr, where its log goes. */
  readonly lines: LogLine[];
  /** Rejects where the process ends before such a line. */
  line(msg: string): Promise<LogLine>;
  /** Where clients are served; once the store is ready. */
  readyUrl(): Promise<string>;
  /** How the process ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Flags of a member alone on free ports. */
export function aloneFlags(folder: string): string[] {
  return [
    ...["--data-dir", folder, "--listen-client-urls", "http://127.0.0.1:0"],
    ...["--advertise-client-urls", "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:0"],
  ];
}

/** Starts the command; it is ended with the test at the latest. */
export function startStore(
  t: ExecutionContext<unknown>,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): StoreProcess {
  const child = spawn(process.execPath, [COMMAND, "store", ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: LogLine[] = [];
  const waiting = new Set<{ readonly msg: string; readonly resolve: (line: LogLine) => void }>();
  createInterface({ input: child.stderr }).on("line", (text) => {
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    for (const one of waiting) if (line.msg.includes(one.msg)) one.resolve(line);
  });
  const exited = once(child, "close").then(([code, signal]) => ({ code, signal }));
  t.teardown(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const line = async (msg: string): Promise<LogLine> => {
    const known = lines.find((one) => one.msg.includes(msg));
    if (known) return known;
    const found = Promise.withResolvers<LogLine>();
    waiting.add({ msg, resolve: found.resolve });
    const ended = exited.then(() => {
      throw new Error(`the store ended without the line ${msg}: ${JSON.stringify(lines.slice(-3))}`);
    });
    return Promise.race([found.promise, ended]);
  };
  return {
    child,
    lines,
    line,
    exited: exited as StoreProcess["exited"],
    readyUrl: async () => {
      await line("ready to serve client requests");
      const { "listen-client-urls": urls } = await line("now serving peer/client/metrics");
      return (urls as string[])[0]!;
    },
  };
}
