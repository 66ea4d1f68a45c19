/**
 * Client processes, made when there is none idle and kept for the next job: what a run measures is not their
 * start.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, JobResult } from "./job.ts";
import { runInProcess } from "./job-process.ts";

const DRIVER = fileURLToPath(new URL("./driver.ts", import.meta.url));

/** Shared by all of a run. */
export class ClientPool {
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();

  /**
   * One process a job. Once every one is set up `start` is called, and they go on together when it resolves.
   * Rejects with the first failure; the processes of such a run are ended.
   */
  async run(jobs: readonly Job[], start: () => Promise<void> = async () => {}): Promise<JobResult[]> {
    const children = jobs.map(() => this.#idle.pop() ?? this.#fork());
    const together = Promise.withResolvers<void>();
    let waiting = jobs.length;
    const ready = () => {
      if (--waiting === 0) start().then(together.resolve, together.reject);
      return together.promise;
    };
    // The clients that are still set up when one fails must not be left waiting unseen.
    together.promise.catch(() => {});
    try {
      const results = await Promise.all(jobs.map((job, i) => runInProcess(children[i]!, job, ready)));
      this.#idle.push(...children);
      return results;
    } catch (error) {
      for (const child of children) child.kill("SIGKILL");
      throw error;
    }
  }

  /** Ends all processes. */
  close(): void {
    for (const child of this.#all) child.kill("SIGKILL");
    this.#idle.length = 0;
  }

  #fork(): ChildProcess {
    const child = fork(DRIVER, { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#all.add(child);
    child.once("exit", () => this.#all.delete(child));
    return child;
  }
}
