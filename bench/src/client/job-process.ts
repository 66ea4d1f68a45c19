/** The parent's side of a process that serves jobs. */
import type { ChildProcess } from "node:child_process";
import type { Job, JobMessage, JobResult } from "./job.ts";

/** Bound: a job that hangs must not hold up the run for ever. */
const LIMIT_MS = 15 * 60_000;

/**
 * Hands a job to an idle process. `start` is called once the job is set up; it goes on when that resolves.
 * Rejects with the job's failure, or where the process ends without an answer.
 */
export function runInProcess(child: ChildProcess, job: Job, start: () => Promise<void>): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const late = () => done(() => reject(new Error(`${job.workload} (${job.phase}) took too long`)));
    const timer = setTimeout(late, LIMIT_MS);
    const done = (settle: () => void) => {
      clearTimeout(timer);
      child.off("message", heard);
      child.off("exit", ended);
      settle();
    };
    const heard = (message: JobMessage) => {
      if ("ready" in message) {
        start().then(
          () => child.send("go"),
          (error) => done(() => reject(error)),
        );
        return;
      }
      const { result } = message;
      const { failure } = result;
      if (failure === undefined) done(() => resolve(result));
      else done(() => reject(new Error(`${job.workload} (${job.phase}): ${failure}`)));
    };
    const ended = (code: number | null) =>
      done(() => reject(new Error(`the client process ended with ${code} before it answered`)));
    child.on("message", heard);
    child.once("exit", ended);
    child.send(job);
  });
}
