/** Carries out a job in fresh client processes that start the measured part together. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, JobMessage, JobResult } from "./job.ts";

const DRIVER = fileURLToPath(new URL("./driver.ts", import.meta.url));

function waitFor(child: ChildProcess, job: Job, ready: () => void): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    let answered = false;
    child.on("message", (message: JobMessage) => {
      if ("ready" in message) return ready();
      answered = true;
      const { result } = message;
      if (result.failure) reject(new Error(`${job.workload} (${job.phase}): ${result.failure}`));
      else resolve(result);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (!answered) reject(new Error(`the client process ended with ${code} before it answered`));
    });
  });
}

/**
 * One process a job. Once every one is set up `start` is called, and they go on when it resolves. Rejects
 * with the first failure, or where a process ends without an answer; the others are ended then.
 */
export async function runJobs(jobs: readonly Job[], start: () => Promise<void>): Promise<JobResult[]> {
  const children = jobs.map(() =>
    fork(DRIVER, { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
  let waiting = jobs.length;
  const ready = () => {
    if (--waiting > 0) return;
    void start().then(() => {
      for (const child of children) child.send("go");
    });
  };
  try {
    const results = jobs.map((job, i) => waitFor(children[i]!, job, ready));
    for (const [i, job] of jobs.entries()) children[i]!.send(job);
    return await Promise.all(results);
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}
