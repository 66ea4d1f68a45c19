/**
 * The client process: gets one job over IPC, carries it out, answers with what it measured. It is a process
 * of its own so that its CPU time is never counted as the server's.
 */
import { carryOut } from "./carry-out.ts";
import type { Job, JobMessage } from "./job.ts";

function tell(message: JobMessage, sent?: () => void): void {
  process.send?.(message, () => sent?.());
}

process.once("message", (job: Job) => {
  const start = () =>
    new Promise<void>((resolve) => {
      process.once("message", () => resolve());
      tell({ ready: true });
    });
  void carryOut(job, { start }).then((result) => tell({ result }, () => process.exit(0)));
});
