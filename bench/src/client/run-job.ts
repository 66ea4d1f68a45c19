/** Carries out a job in a fresh client process. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, JobResult } from "./driver.ts";

const DRIVER = fileURLToPath(new URL("./driver.ts", import.meta.url));

/** Resolves with the job's result; rejects with its failure, or where the process ends without an answer. */
export function runJob(job: Job): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const child = fork(DRIVER, { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let answered = false;
    child.once("message", (result: JobResult) => {
      answered = true;
      if (result.failure) reject(new Error(`${job.workload} (${job.phase}): ${result.failure}`));
      else resolve(result);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (!answered) reject(new Error(`the client process ended with ${code} before it answered`));
    });
    child.send(job);
  });
}
