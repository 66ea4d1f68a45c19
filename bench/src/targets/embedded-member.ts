/**
 * The process of an embedded member: its first message says what to open; every later one is a job, carried
 * out against the member's own `Kv`, or the word that lets a job begin. It ends when its parent lets go of
 * it.
 */
import { startReplica } from "quorate";
import { carryOut } from "../client/carry-out.ts";
import type { Job } from "../client/job.ts";
import type { EmbeddedMemberMessage } from "./embedded-target.ts";

/** What to open. */
export interface EmbeddedMember {
  readonly name: string;
  readonly dataDir: string;
  readonly initialCluster: string;
  readonly peerTls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
}

function tell(message: EmbeddedMemberMessage): void {
  process.send?.(message);
}

process.once("message", async (settings: EmbeddedMember) => {
  const replica = await startReplica(settings).catch((error: Error) => {
    tell({ refused: error.message });
    process.exit(1);
  });
  process.once("disconnect", () => {
    void replica.stop({ transferLeadership: false }).finally(() => process.exit(0));
  });
  let begin = () => {};
  const start = () =>
    new Promise<void>((resolve) => {
      begin = resolve;
      tell({ ready: true });
    });
  process.on("message", (message: Job | "go") => {
    if (message === "go") begin();
    else void carryOut(message, { start, kv: replica.kv }).then((result) => tell({ result }));
  });
  await replica.kv.barrier({ timeoutMs: 30_000 });
  tell({ serving: true });
});
