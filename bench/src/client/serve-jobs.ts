/**
 * Within a client process: carries out the jobs that come over its IPC channel, one at a time, and answers
 * each with what was measured. It ends when its parent lets go of it.
 */
import type { Kv } from "@quorate/mvcc";
import { carryOut } from "./carry-out.ts";
import type { Job, JobMessage } from "./job.ts";

/** `kv` is for jobs of the embedded surface. */
export function serveJobs(kv?: Kv): void {
  const tell = (message: JobMessage) => process.send?.(message);
  let begin = () => {};
  const start = () =>
    new Promise<void>((resolve) => {
      begin = resolve;
      tell({ ready: true });
    });
  process.on("message", (message: Job | "go") => {
    if (message === "go") begin();
    else void carryOut(message, { start, ...(kv && { kv }) }).then((result) => tell({ result }));
  });
}
