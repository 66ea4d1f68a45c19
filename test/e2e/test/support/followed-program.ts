/** A program that runs on, read line by line while it does. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const LIMIT_MS = 60_000;

export class FollowedProgram {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #heard: () => void = () => {};

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.#heard();
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        resolve(code ?? 1);
        this.#heard();
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /**
   * Resolves with the first line that `holds`; rejects where the program ends or takes too long without it.
   */
  async until(holds: (line: string) => boolean): Promise<string> {
    let isOver = false;
    void this.#ended.then(() => {
      isOver = true;
    });
    const overdue = AbortSignal.timeout(LIMIT_MS);
    for (let next = 0; ; ) {
      for (; next < this.lines.length; next++) if (holds(this.lines[next]!)) return this.lines[next]!;
      if (isOver || overdue.aborted) throw new Error(`not among its lines: ${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
        overdue.onabort = () => resolve();
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it (by `signal`) and resolves with its exit code. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    return this.#ended;
  }

  /** Resolves with the exit code once it has ended by itself. */
  ended(): Promise<number> {
    return this.#ended;
  }
}
